// A log that is not read, is full of what clients sent, or has lost its reader.

#include "integration/support/recording_checks.hpp"
#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"
#include "support/captured_stderr.hpp"

#include <csignal>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::test;

namespace {

// A pipe that takes nothing more.
class FullPipe {
 public:
  FullPipe() {
    REQUIRE(::pipe2(ends_, O_CLOEXEC) == 0);
    ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    const std::string rubbish(4096, '\n');
    while (::write(ends_[1], rubbish.data(), rubbish.size()) > 0) {
    }
    ::fcntl(ends_[1], F_SETFL, 0);
  }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;
  ~FullPipe() {
    close_reader();
    ::close(ends_[1]);
  }
  int writer() const { return ends_[1]; }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

// A terminal on which somebody pressed Ctrl-S.
class HeldTerminal {
 public:
  HeldTerminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    REQUIRE(master_ >= 0);
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    terminal_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(terminal_ >= 0);
    REQUIRE(::tcflow(terminal_, TCOOFF) == 0);
  }
  HeldTerminal(const HeldTerminal&) = delete;
  HeldTerminal& operator=(const HeldTerminal&) = delete;
  ~HeldTerminal() {
    ::close(terminal_);
    ::close(master_);
  }
  int writer() const { return terminal_; }

 private:
  int master_;
  int terminal_ = -1;
};

Service::Options writing_to(int log) {
  Service::Options options;
  options.arguments = {"--segment-seconds", "2", "--log-level", "debug"};
  options.before_exec = [log] {
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::signal(SIGPIPE, SIG_DFL);
  };
  return options;
}

void ask_for_nothing(const Service& service, int times) {
  for (int i = 0; i < times; ++i)
    CHECK(get(service.app_port(), "/nothing").status == 404);
}

// Records over some files while clients cause lines of the log, and ends.
void check_that_all_is_recorded(Service& service) {
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  REQUIRE(service.command("start").at("status").as_string() == "recording");
  for (int i = 0; i < 10; ++i) {
    ask_for_nothing(service, 10);
    std::this_thread::sleep_for(500ms);
  }
  service.command("stop");
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
  CHECK(service.files().size() >= 2);
  check_files_complete(service);
  check_nothing_lost(service, preview);
  CHECK(service.terminate() == 0);
}

}  // namespace

TEST_CASE("a pipe that nobody reads as the log costs no frame, and SIGTERM still ends it") {
  const FullPipe pipe;
  Service service(writing_to(pipe.writer()));
  check_that_all_is_recorded(service);
}

TEST_CASE("a held terminal as the log costs no frame, and SIGTERM still ends it") {
  const HeldTerminal terminal;
  Service service(writing_to(terminal.writer()));
  check_that_all_is_recorded(service);
}

TEST_CASE("a log whose reader has gone costs no frame, and SIGTERM still ends it") {
  FullPipe pipe;
  pipe.close_reader();
  Service service(writing_to(pipe.writer()));
  check_that_all_is_recorded(service);
}

TEST_CASE("clients can not flood the log") {
  Service service;
  constexpr int kRequests = 300;
  const auto start = std::chrono::steady_clock::now();
  ask_for_nothing(service, kRequests);
  const auto minutes = 1 + (std::chrono::steady_clock::now() - start) / 1min;
  CHECK(service.terminate() == 0);
  const std::string log = service.log();
  CHECK(count(log, "http: 127.0.0.1 GET /nothing: 404") <= static_cast<std::size_t>(100 * minutes));
  CHECK(count(log, "http: more than 100 lines in a minute; the rest of it is left out") >= 1);
  CHECK(count(log, " lines were left out") >= 1);
}

TEST_CASE("what a client asked for is shortened in the log, without control characters") {
  Service service;
  REQUIRE(get(service.app_port(), "/x%c2%9bend" + std::string(4000, 'a')).status == 404);
  REQUIRE(get(service.app_port(), "/x%0aforged").status == 400);
  CHECK(service.terminate() == 0);
  const std::string log = service.log();
  CHECK(count(log, "GET /x endaaa") == 1);
  CHECK(count(log, std::string(300, 'a')) == 0);
  CHECK(count(log, "\nforged") == 0);
}
