// What mini-dvr takes of the machine.

#include "integration/support/service.hpp"

#include <fstream>
#include <thread>

#include <catch2/catch.hpp>

#include <time.h>

using namespace minidvr;
using namespace minidvr::test;

TEST_CASE("an idle mini-dvr takes next to nothing, and little memory while it records", "[plain]") {
  Service service({"--segment-seconds", "600"});
  REQUIRE(service.online());
  // The kernel's own account in nanoseconds; the ticks of /proc are a sample.
  clockid_t clock{};
  REQUIRE(::clock_getcpuclockid(service.pid(), &clock) == 0);
  const auto cpu_seconds = [&] {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  std::this_thread::sleep_for(2s);
  const double before = cpu_seconds();
  std::this_thread::sleep_for(10s);
  const double percent = 100.0 * (cpu_seconds() - before) / 10.0;
  WARN("idle: " << percent << " % of a core");
  // The bar is 0.5 %; the benchmark measures it. Here there is room for a busy machine.
  CHECK(percent <= 3.0);
  service.command("start");
  std::this_thread::sleep_for(4s);
  std::ifstream status("/proc/" + std::to_string(service.pid()) + "/status");
  std::string word;
  long kilobytes = 0;
  while (status >> word && word != "VmRSS:") {
  }
  status >> kilobytes;
  WARN("recording: " << kilobytes << " KB resident");
  // Queue: at most a second of frames waits for its confirmation.
  CHECK(kilobytes <= 20'480 + 4'096);
  service.command("stop");
}
