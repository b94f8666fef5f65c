#include "core/sd_notify.hpp"

#include "support/notify_socket.hpp"
#include "support/patience.hpp"
#include "unit/support/run_task.hpp"

#include <optional>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include <stdlib.h>
#include <unistd.h>

using namespace minidvr;
using namespace std::chrono_literals;

namespace {

// What systemd gives a service, for the length of a test.
class StandInSystemd {
 public:
  explicit StandInSystemd(microseconds watchdog, pid_t watched = ::getpid()) {
    ::setenv("NOTIFY_SOCKET", socket_.path().c_str(), 1);
    if (watchdog > 0us) ::setenv("WATCHDOG_USEC", std::to_string(watchdog.count()).c_str(), 1);
    ::setenv("WATCHDOG_PID", std::to_string(watched).c_str(), 1);
  }
  StandInSystemd(const StandInSystemd&) = delete;
  StandInSystemd& operator=(const StandInSystemd&) = delete;
  ~StandInSystemd() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
      ::unsetenv(name);
  }

  std::optional<std::string> heard() { return socket_.heard(); }

 private:
  test::NotifySocket socket_;
};

Task<> hear_signs_of_life(StandInSystemd& systemd, int wanted) {
  const auto deadline = Steady::now() + test::kPatience;
  int signs = 0;
  while (signs < wanted && Steady::now() < deadline) {
    if (const auto message = systemd.heard()) {
      CHECK(*message == "WATCHDOG=1");
      ++signs;
    } else {
      co_await sleep_for(1ms);
    }
  }
  CHECK(signs == wanted);
}

}  // namespace

TEST_CASE("the watchdog is fed at half of the time that systemd waits, again and again") {
  StandInSystemd systemd(20ms);
  CHECK(sd_notify::watchdog_interval() == 10ms);
  test::Tasks tasks;
  const auto begin = Steady::now();
  tasks.group().spawn("watchdog", sd_notify::feed_watchdog());
  tasks.run(hear_signs_of_life(systemd, 4));
  CHECK(Steady::now() - begin >= 30ms);  // the first comes at once
  tasks.group().cancel();
  tasks.run(tasks.group().join());
  while (systemd.heard()) {
  }
  tasks.run(sleep_for(50ms));
  CHECK(systemd.heard() == std::nullopt);
}

TEST_CASE("an I/O thread that hangs feeds no watchdog") {
  StandInSystemd systemd(20ms);
  test::Tasks tasks;
  tasks.group().spawn("watchdog", sd_notify::feed_watchdog());
  tasks.run(hear_signs_of_life(systemd, 2));
  while (systemd.heard()) {
  }
  std::this_thread::sleep_for(100ms);
  CHECK(systemd.heard() == std::nullopt);
  tasks.run(hear_signs_of_life(systemd, 2));
}

TEST_CASE("nobody watches, or another process is watched: nothing is fed") {
  test::Tasks tasks;
  SECTION("no WatchdogSec in the unit") {
    StandInSystemd systemd(0us);
    CHECK(sd_notify::watchdog_interval() == std::nullopt);
    tasks.run(sd_notify::feed_watchdog());
    CHECK(systemd.heard() == std::nullopt);
  }
  SECTION("the environment is that of the program that started us") {
    StandInSystemd systemd(20ms, ::getppid());
    CHECK(sd_notify::watchdog_interval() == std::nullopt);
    tasks.run(sd_notify::feed_watchdog());
    CHECK(systemd.heard() == std::nullopt);
  }
}
