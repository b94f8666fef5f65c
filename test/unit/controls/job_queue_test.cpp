#include "controls/job_queue.hpp"

#include "fixture.hpp"

#include <algorithm>

#include <boost/asio/io_context.hpp>

namespace minidvr::controls {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

Write write_of(const char* id, std::int64_t value) {
  static const ControlList controls = vivid();
  return *check_value(get(controls, id), value, Origin::client);
}

// Lets time pass and jobs run as the device does.
struct QueueBench {
  net::io_context context;
  JobQueue queue{context.get_executor()};
  SteadyTime now{std::chrono::hours(1)};
  Words ran;
  std::vector<JobPtr> asked;

  JobPtr write(const char* id, std::int64_t value) { return batch({write_of(id, value)}); }
  JobPtr batch(std::vector<Write> writes) {
    auto job = queue.write(std::move(writes));
    REQUIRE(job.has_value());
    asked.push_back(*job);
    return *job;
  }
  // Starts a job if one may start now.
  JobPtr start() {
    auto job = queue.start(now);
    if (job && job->writes.empty()) ran.emplace_back("list");
    for (const auto& one : job ? job->writes : std::vector<Write>())
      ran.push_back(one.argument());
    return job;
  }
  bool run() {
    const bool started = start() != nullptr;
    if (started) queue.finish(JobAnswer());
    return started;
  }
  // Until nothing waits any more.
  void run_all() {
    while (queue.next_start() != SteadyTime::max()) {
      now = std::max(now, queue.next_start());
      run();
    }
  }
  bool all_are_answered() const {
    return std::all_of(asked.begin(), asked.end(),
                       [](const JobPtr& job) { return job->answer.has_value(); });
  }
};

}  // namespace

TEST_CASE("the first write starts at once, the next when it has ended", "[controls][queue]") {
  QueueBench bench;
  CHECK_FALSE(bench.start());
  const auto job = bench.write("hue", 1);
  CHECK(bench.start() == job);
  bench.write("volume", 2);
  CHECK_FALSE(bench.start());
  bench.queue.finish(JobAnswer());
  CHECK(job->answer);
  CHECK(bench.start());
}

TEST_CASE("who had something done before the camera was lost is told of it, the others that it is",
          "[controls][queue]") {
  QueueBench bench;
  const auto batch = bench.batch({write_of("hue", 1), write_of("volume", 2)});
  const auto along = bench.queue.list(bench.now);
  REQUIRE(bench.start() == batch);
  const auto waiting = bench.write("hue", 3);
  JobAnswer answer;
  answer.outcomes.push_back({"hue"});
  answer.lost = make_error(Errc::unavailable, "gone", Reason::no_camera);
  bench.queue.finish(answer);
  REQUIRE(batch->answer);
  REQUIRE(batch->answer->has_value());
  CHECK((*batch->answer)->outcomes.size() == 1);
  for (const auto& job : {along, waiting}) {
    REQUIRE(job->answer);
    REQUIRE(job->answer->has_error());
    CHECK(job->answer->error().detail == "gone");
  }
}

TEST_CASE("a waiting value is replaced by a later one, and both callers are told",
          "[controls][queue]") {
  QueueBench bench;
  bench.write("hue", 1);
  REQUIRE(bench.start());
  const auto a = bench.write("hue", 2);
  const auto b = bench.write("volume", 7);
  const auto c = bench.write("hue", 3);
  CHECK(a == c);
  bench.queue.finish(JobAnswer());
  CHECK(bench.start() == a);
  bench.queue.finish(JobAnswer());
  CHECK(bench.start() == b);
  CHECK(bench.ran == Words{"hue=1", "hue=3", "volume=7"});
}

TEST_CASE("a value that is being set is not replaced", "[controls][queue]") {
  QueueBench bench;
  bench.write("hue", 1);
  REQUIRE(bench.start());
  bench.write("hue", 2);
  bench.queue.finish(JobAnswer());
  bench.run_all();
  CHECK(bench.ran == Words{"hue=1", "hue=2"});
}

TEST_CASE("a batch stays together and later values come after it", "[controls][queue]") {
  QueueBench bench;
  bench.write("hue", 1);
  bench.batch({write_of("volume", 5), write_of("hue", 6)});
  bench.write("hue", 7);
  bench.write("hue", 8);
  bench.run_all();
  CHECK(bench.ran == Words{"hue=1", "volume=5", "hue=6", "hue=8"});
}

TEST_CASE("a slider dragged by three clients ends at the last value with few runs",
          "[controls][queue]") {
  QueueBench bench;
  const SteadyTime begin = bench.now;
  for (int i = 0; i < 300; ++i) {
    bench.now = begin + i * 5s / 300;
    bench.write("hue", i % 100);
    bench.run();
  }
  CHECK(bench.ran.size() <= 50);
  CHECK(bench.ran.size() >= 25);
  bench.run_all();
  CHECK(bench.ran.back() == "hue=99");
  CHECK(bench.asked.size() == 300);
  CHECK(bench.all_are_answered());
  CHECK(bench.now - begin < 6s);
}

TEST_CASE("two sliders at once both move", "[controls][queue]") {
  QueueBench bench;
  const SteadyTime begin = bench.now;
  for (int i = 0; i < 300; ++i) {
    bench.now = begin + i * 5s / 300;
    bench.write("hue", i % 100);
    bench.write("volume", i % 100);
    bench.run();
  }
  const auto runs_of = [&](const char* prefix) {
    return std::count_if(bench.ran.begin(), bench.ran.end(),
                         [&](const std::string& word) { return word.starts_with(prefix); });
  };
  CHECK(runs_of("hue") >= 12);
  CHECK(runs_of("volume") >= 12);
}

TEST_CASE("a handful of writes is not slowed down, a flood is", "[controls][queue]") {
  QueueBench bench;
  for (int i = 0; i < 8; ++i) {
    bench.write("hue", i);
    CHECK(bench.run());
  }
  bench.write("hue", 9);
  CHECK_FALSE(bench.run());
  bench.now += milliseconds(124);
  CHECK_FALSE(bench.run());
  bench.now += milliseconds(1);
  CHECK(bench.run());
  bench.now += 10s;
  for (int i = 0; i < 8; ++i) {
    bench.write("hue", i);
    CHECK(bench.run());
  }
}

TEST_CASE("a batch pays for its runs, up to four", "[controls][queue]") {
  QueueBench bench;
  const auto pair = [] { return std::vector{write_of("volume", 1), write_of("hue", 1)}; };
  for (int i = 0; i < 4; ++i) {
    bench.batch(pair());
    CHECK(bench.run());
  }
  bench.batch(pair());
  CHECK_FALSE(bench.run());
  bench.now += milliseconds(250);
  CHECK(bench.run());

  std::vector<Write> many;
  for (int i = 0; i < 50; ++i)
    many.push_back(write_of("hue", i));
  bench.batch(many);
  CHECK_FALSE(bench.run());
  bench.now += milliseconds(500);
  CHECK(bench.run());
  CHECK(bench.ran.size() == 60);
}

TEST_CASE("a batch does not pay for what was so already", "[controls][queue]") {
  QueueBench bench;
  JobAnswer nothing_to_do;
  nothing_to_do.saved_runs = 2;
  for (int i = 0; i < 40; ++i) {
    bench.batch({write_of("volume", 1), write_of("hue", 1)});
    REQUIRE(bench.start());
    bench.queue.finish(nothing_to_do);
  }
  // As many may follow at once as ever.
  for (int i = 0; i < 8; ++i) {
    bench.write("hue", i);
    CHECK(bench.run());
  }
  bench.write("hue", 9);
  CHECK_FALSE(bench.run());
}

TEST_CASE("a queue is bounded and says so", "[controls][queue]") {
  net::io_context context;
  JobQueue queue(context.get_executor(), {.burst = 1, .interval = 1s, .most_waiting = 2});
  REQUIRE(queue.write({write_of("hue", 1), write_of("hue", 2)}).has_value());
  REQUIRE(queue.write({write_of("volume", 1)}).has_value());
  const auto full = queue.write({write_of("hue", 2)});
  REQUIRE(!full);
  CHECK(full.error().code == Errc::unavailable);
  CHECK(queue.write({write_of("volume", 2)}).has_value());
}

TEST_CASE("all who want a listing share one, which a write brings along", "[controls][queue]") {
  QueueBench bench;
  const auto first = bench.queue.list(bench.now);
  CHECK(bench.queue.list(bench.now) == first);
  CHECK(bench.start() == first);
  // Who asks while it runs may be after what it missed.
  const auto second = bench.queue.list(bench.now);
  CHECK(second != first);
  bench.queue.finish(JobAnswer());
  CHECK(first->answer);
  CHECK_FALSE(second->answer);
  bench.write("hue", 1);
  CHECK(bench.run());
  CHECK(second->answer);
  CHECK(bench.ran == Words{"list", "hue=1"});
}

TEST_CASE("who asks while a job runs waits for company", "[controls][queue]") {
  QueueBench bench;
  bench.queue.list(bench.now);
  REQUIRE(bench.start());
  const auto begin = bench.now;
  const auto second = bench.queue.list(bench.now);
  bench.now += 30ms;
  bench.queue.finish(JobAnswer());
  CHECK_FALSE(bench.run());
  CHECK(bench.queue.next_start() == begin + 200ms);
  bench.now += 100ms;
  CHECK(bench.queue.list(bench.now) == second);
  bench.now = begin + 200ms;
  CHECK(bench.run());
  CHECK(second->answer);
  // And who asks alone does not wait.
  bench.queue.list(bench.now);
  CHECK(bench.run());
}

TEST_CASE("a listing does not wait for writes that are slowed down", "[controls][queue]") {
  QueueBench bench;
  for (int i = 0; i < 9; ++i) {
    bench.write("hue", i);
    bench.run();
  }
  bench.queue.list(bench.now);
  CHECK(bench.run());
  CHECK(bench.ran.back() == "list");
}

TEST_CASE("when the camera does not answer, all who wait are told", "[controls][queue]") {
  QueueBench bench;
  bench.write("hue", 1);
  REQUIRE(bench.start());
  bench.write("volume", 1);
  bench.batch({write_of("hue", 2), write_of("volume", 2)});
  const auto listing = bench.queue.list(bench.now);
  bench.queue.finish(make_error(Errc::unavailable, "it hangs"));
  CHECK(bench.all_are_answered());
  REQUIRE(listing->answer);
  CHECK(listing->answer->error().detail == "it hangs");
  CHECK(bench.queue.next_start() == SteadyTime::max());
}

}  // namespace minidvr::controls
