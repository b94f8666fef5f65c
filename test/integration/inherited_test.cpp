// What the program that starts mini-dvr may leave to it.

#include "core/file.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"
#include "support/notify_socket.hpp"

#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

Service::Options started_by(std::function<void()> parent) {
  Service::Options options;
  options.before_exec = std::move(parent);
  return options;
}

double cpu_seconds(pid_t process) {
  clockid_t clock{};
  timespec time{};
  REQUIRE(::clock_getcpuclockid(process, &clock) == 0);
  REQUIRE(::clock_gettime(clock, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Looks through what was said until `message` comes.
bool hears(NotifySocket& systemd, const std::string& message) {
  return wait_until(
      [&] {
        while (const auto heard = systemd.heard()) {
          if (*heard == message) return true;
        }
        return false;
      },
      kPatience);
}

}  // namespace

TEST_CASE(
    "systemd, which waits for signs of life: they come, while it runs and not when it hangs") {
  NotifySocket systemd;
  Service::Options options;
  options.environment = {"NOTIFY_SOCKET=" + systemd.path(), "WATCHDOG_USEC=1000000"};
  Service service(options);
  CHECK(hears(systemd, "READY=1"));
  for (int sign = 0; sign < 3; ++sign)
    CHECK(hears(systemd, "WATCHDOG=1"));
  ::kill(service.pid(), SIGSTOP);
  while (systemd.heard()) {
  }
  std::this_thread::sleep_for(1500ms);
  CHECK(systemd.heard() == std::nullopt);
  ::kill(service.pid(), SIGCONT);
  CHECK(hears(systemd, "WATCHDOG=1"));
  CHECK(service.terminate() == 0);
}

TEST_CASE("a parent that ignores SIGCHLD: children are waited for and started again") {
  Service service(started_by([] { ::signal(SIGCHLD, SIG_IGN); }));
  REQUIRE(service.online());
  const auto first = service.ustreamer();
  REQUIRE(first);
  ::kill(*first, SIGKILL);
  REQUIRE(wait_until(
      [&] {
        const auto next = service.ustreamer();
        return next && *next != *first;
      },
      20s));
  REQUIRE(service.online(20s));
  const double before = cpu_seconds(service.pid());
  std::this_thread::sleep_for(2s);
  CHECK(cpu_seconds(service.pid()) - before < 1.0);  // of 2 s; idle it takes some hundredths
  CHECK(service.terminate() == 0);
}

TEST_CASE("a parent that blocks or ignores signals: SIGTERM and SIGINT end it all the same") {
  const int signal = GENERATE(SIGTERM, SIGINT);
  Service service(started_by([] {
    for (const int number : {SIGTERM, SIGINT, SIGPIPE, SIGALRM})
      ::signal(number, SIG_IGN);
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
  }));
  REQUIRE(service.online());
  const auto ustreamer = service.ustreamer();
  REQUIRE(ustreamer);
  CHECK(service.end(signal) == 0);
  CHECK_FALSE(alive(*ustreamer));
}

TEST_CASE("a low limit of descriptors: as many are taken as are allowed") {
  Service service(started_by([] {
    const rlimit few{256, 2048};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }));
  REQUIRE(service.online());
  rlimit limit{};
  REQUIRE(::prlimit(service.pid(), RLIMIT_NOFILE, nullptr, &limit) == 0);
  CHECK(limit.rlim_cur == 2048);
}

TEST_CASE("closed standard descriptors: the log is written into no file of ours") {
  Service service(started_by([] {
    for (const int fd : {0, 1, 2})
      ::close(fd);
  }));
  REQUIRE(service.online());
  for (const int fd : {0, 1, 2}) {
    const auto link = "/proc/" + std::to_string(service.pid()) + "/fd/" + std::to_string(fd);
    CHECK(fs::read_symlink(link) == "/dev/null");
  }
  service.command("start");
  CHECK(records(service));
  service.command("stop");
  check_files_complete(service);
  CHECK(service.terminate() == 0);
}

TEST_CASE("SIGHUP: the terminal was closed, everything is complete, the exit status is 0") {
  FileDescriptor terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(terminal);
  REQUIRE(::grantpt(terminal.get()) == 0);
  REQUIRE(::unlockpt(terminal.get()) == 0);
  const std::string name = ::ptsname(terminal.get());
  Service service(started_by([&] {
    ::setsid();
    ::open(name.c_str(), O_RDWR | O_CLOEXEC);  // the first that is opened is the session's
  }));
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  terminal.reset();
  CHECK(service.end(0) == 0);
  CHECK(service.files().size() == 1);
  check_files_complete(service);
}

TEST_CASE("SIGHUP without a terminal: none was closed, and it goes on") {
  Service service(started_by([] { ::setsid(); }));
  REQUIRE(service.online());
  ::kill(service.pid(), SIGHUP);
  CHECK(service.logs("asked to read the certificate again, and none is set"));
  CHECK(service.health().status == 200);
  CHECK(service.terminate() == 0);
}

TEST_CASE("SIGHUP under nohup: it goes on") {
  Service service(started_by([] { ::signal(SIGHUP, SIG_IGN); }));
  REQUIRE(service.online());
  ::kill(service.pid(), SIGHUP);
  CHECK(service.end(0, 1s) == std::nullopt);
  CHECK(service.health().status == 200);
  CHECK(service.terminate() == 0);
}
