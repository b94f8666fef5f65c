#include "core/task_group.hpp"

#include "core/blocking.hpp"
#include "unit/support/run_task.hpp"

#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace std::chrono_literals;

TEST_CASE("a cancelled group ends: its tasks are woken wherever they wait") {
  test::Tasks tasks;
  TaskGroup group(tasks.executor());
  Event event(tasks.executor());
  bool cleaned = false;
  auto waiter = [&]() -> Task<> {
    try {
      co_await event.wait();
    } catch (const boost::system::system_error&) {
      cleaned = true;
      throw;
    }
  };
  group.spawn("waiter", waiter());
  group.spawn("sleeper", sleep_for(1h));
  tasks.run(sleep_for(10ms));
  CHECK(group.size() == 2);
  group.cancel();
  tasks.run(group.join());
  CHECK(cleaned);
  CHECK(group.size() == 0);
}

TEST_CASE("a task that is cancelled before it began is cancelled where it waits first") {
  test::Tasks tasks;
  TaskGroup group(tasks.executor());
  bool begun = false;
  bool cancelled = false;
  auto task = [&]() -> Task<> {
    begun = true;
    try {
      co_await sleep_for(1h);
    } catch (const boost::system::system_error&) {
      cancelled = true;
      throw;
    }
  };
  auto ends_at_once = []() -> Task<> { co_return; };
  group.spawn("task", task());
  group.spawn("ends at once", ends_at_once());
  group.cancel();
  CHECK(group.size() == 2);
  tasks.run(group.join());
  CHECK(begun);
  CHECK(cancelled);
}

TEST_CASE("a task that fails is reported by name") {
  test::Tasks tasks;
  std::string failed;
  TaskGroup group(tasks.executor(), [&](const std::string& task, const std::string& what) {
    failed = task + ": " + what;
  });
  auto faulty = []() -> Task<> {
    co_await sleep_for(1ms);
    throw std::runtime_error("a bug");
  };
  group.spawn("faulty", faulty());
  tasks.run(group.join());
  CHECK(failed == "faulty: a bug");
}

TEST_CASE("a wait with a deadline ends at the deadline, one without at the event") {
  test::Tasks tasks;
  Event event(tasks.executor());
  const auto started = Steady::now();
  tasks.run(event.wait_until(started + 30ms));
  CHECK(Steady::now() - started >= 30ms);
  TaskGroup group(tasks.executor());
  auto notifier = [&]() -> Task<> {
    co_await sleep_for(5ms);
    event.notify();
  };
  group.spawn("notifier", notifier());
  tasks.run(event.wait_until(Steady::now() + 1h));
  tasks.run(group.join());
}

TEST_CASE("blocking work runs beside and its result comes back") {
  test::Tasks tasks;
  BlockingPool pool(1);
  const auto main_thread = std::this_thread::get_id();
  std::thread::id worker;
  auto work = [&] {
    worker = std::this_thread::get_id();
    return std::string("done");
  };
  CHECK(tasks.run(run_blocking(pool, work)) == "done");
  CHECK(worker != main_thread);
  pool.join();
}
