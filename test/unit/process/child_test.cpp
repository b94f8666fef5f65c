#include "process/child.hpp"

#include "process/run_program.hpp"
#include "support/temporary_folder.hpp"
#include "unit/support/run_task.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::process;
using namespace std::chrono_literals;

namespace {

constexpr int kLooks = 1000;  // times 20 ms that something is waited for

ChildSpec shell(const std::string& script) {
  ChildSpec spec;
  spec.name = "test child";
  spec.program = "/bin/sh";
  spec.arguments = {"-c", script};
  return spec;
}

bool alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

bool has_children() {
  return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD;
}

// So many descriptors, and no more, can be opened while one of these exists.
class FewDescriptors {
 public:
  explicit FewDescriptors(std::size_t free) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    std::vector<FileDescriptor> probes;
    for (std::size_t i = 0; i <= free; ++i)
      probes.emplace_back(::dup(STDERR_FILENO));
    const rlimit few{static_cast<rlim_t>(probes.back().get()), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

class IgnoredSigchld {
 public:
  IgnoredSigchld() : before_(std::signal(SIGCHLD, SIG_IGN)) {}
  IgnoredSigchld(const IgnoredSigchld&) = delete;
  IgnoredSigchld& operator=(const IgnoredSigchld&) = delete;
  ~IgnoredSigchld() { std::signal(SIGCHLD, before_); }

 private:
  void (*before_)(int);
};

}  // namespace

TEST_CASE("what a child prints and how it ends is told") {
  test::Tasks tasks;
  std::string out;
  std::string err;
  auto spec = shell("echo hello; echo trouble >&2; exit 3");
  spec.on_stdout = [&](std::string_view bytes) { out += bytes; };
  spec.on_stderr = [&](std::string_view bytes) { err += bytes; };
  auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
  REQUIRE(child);
  const auto status = tasks.run(child->wait());
  CHECK(status.describe() == "ended with status 3");
  CHECK(out == "hello\n");
  CHECK(err == "trouble\n");
}

TEST_CASE("a child reads from its pipe until that is closed") {
  test::Tasks tasks;
  std::string out;
  ChildSpec spec = shell("cat; echo end");
  spec.input = true;
  spec.on_stdout = [&](std::string_view bytes) { out += bytes; };
  auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
  REQUIRE(child);
  auto input = child->take_input();
  REQUIRE(::write(input.get(), "in", 2) == 2);
  input.reset();
  CHECK(tasks.run(child->wait()).success());
  CHECK(out == "inend\n");
}

TEST_CASE("a child runs in the folder that it is given, wherever that has gone meanwhile") {
  const test::TemporaryFolder place;
  std::filesystem::create_directory(place.path() / "before");
  const FileDescriptor folder(::open((place.path() / "before").c_str(), O_RDONLY | O_DIRECTORY));
  std::filesystem::rename(place.path() / "before", place.path() / "after");
  std::filesystem::create_directory(place.path() / "before");
  test::Tasks tasks;
  auto spec = shell("echo here > file");
  spec.folder = folder.get();
  auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
  REQUIRE(child);
  CHECK(tasks.run(child->wait()).success());
  CHECK(place.read("after/file") == "here\n");
  CHECK(std::filesystem::is_empty(place.path() / "before"));
}

TEST_CASE("a program that is missing is an error with a name, not a crash") {
  test::Tasks tasks;
  ChildSpec spec = shell("");
  spec.program = "no-such-program";
  CHECK(Child::spawn(tasks.executor(), tasks.group(), spec).error().detail ==
        "there is no program no-such-program on PATH");
  spec.program = "/etc/passwd";
  const auto error = Child::spawn(tasks.executor(), tasks.group(), spec).error();
  CHECK(error.detail == "/etc/passwd is not an executable program");
  CHECK(error.code == Errc::not_found);
}

// The thread sanitizer makes a fork of every vfork, and the child's error does not come back.
TEST_CASE("a file that is executable but no program is an error and leaves no zombie", "[vfork]") {
  test::Tasks tasks;
  test::TemporaryFile garbage("\x01\x02garbage");
  ::chmod(garbage.path().c_str(), 0755);
  ChildSpec spec = shell("");
  spec.program = garbage.path();
  CHECK_FALSE(Child::spawn(tasks.executor(), tasks.group(), spec));
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE(
    "without descriptors a start fails with the reason, and leaves neither child nor descriptor") {
  test::Tasks tasks;
  ChildSpec spec = shell("sleep 1000");
  spec.input = true;
  spec.on_stdout = spec.on_stderr = [](std::string_view) {};
  constexpr std::size_t kNeeded = 8;  // /dev/null, two of each pipe, and the pidfd
  for (std::size_t free = 0; free < kNeeded; ++free) {
    CAPTURE(free);
    const FewDescriptors few(free);
    for (int time = 0; time < 2; ++time) {
      const auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
      REQUIRE_FALSE(child);
      CHECK(child.error().code == Errc::unavailable);
      CHECK(child.error().detail == "test child can not be started: Too many open files");
      CHECK_FALSE(has_children());
    }
  }
  const FewDescriptors enough(kNeeded);
  CHECK(Child::spawn(tasks.executor(), tasks.group(), spec));
}

TEST_CASE("the end of a child that the kernel does not let us wait for is seen all the same") {
  const IgnoredSigchld ignored;
  test::Tasks tasks;
  ChildSpec spec = shell("cat; exit 3");
  spec.input = true;
  auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
  REQUIRE(child);
  // Not before there is somebody to see it: the kernel keeps nothing of such a child.
  child->take_input();
  const auto status = tasks.run(child->wait());
  CHECK_FALSE(status.success());
  CHECK(status.describe() == "ended, how is not known");
}

TEST_CASE("a child whose watch is cancelled is killed") {
  test::Tasks tasks;
  auto child = Child::spawn(tasks.executor(), tasks.group(), shell("trap '' TERM; sleep 1000"));
  REQUIRE(child);
  tasks.group().cancel();
  const auto status = tasks.run(child->wait());
  CHECK(status.describe() == "was killed by signal 9 (Killed)");
  CHECK_FALSE(has_children());
}

TEST_CASE("a child can be stopped by the end of its input alone, and is seen to run until then") {
  test::Tasks tasks;
  ChildSpec spec = shell("cat");
  spec.input = true;
  auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
  REQUIRE(child);
  CHECK_FALSE(tasks.run(child->wait_until(Steady::now() + 10ms)));
  CHECK(child->running());
  CHECK(tasks.run(child->stop(0, 20s)).success());
  CHECK_FALSE(child->running());
  child->signal(SIGKILL);  // to nobody
}

TEST_CASE("stopping asks the whole group first and kills it when it does not listen") {
  test::Tasks tasks;
  std::string out;
  // The trap is set when it says so.
  const auto trapping = [&](const std::string& action) {
    out.clear();
    auto spec = shell("trap '" + action + "' TERM; echo set; while :; do sleep 0.05; done");
    spec.on_stdout = [&](std::string_view bytes) { out += bytes; };
    auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
    for (int i = 0; i < kLooks && out.empty(); ++i)
      tasks.run(sleep_for(20ms));
    return child;
  };
  auto polite = trapping("exit 7");
  REQUIRE(polite);
  CHECK(tasks.run(polite->stop(SIGTERM, 20s)).describe() == "ended with status 7");

  auto deaf = trapping("");
  REQUIRE(deaf);
  const auto status = tasks.run(deaf->stop(SIGTERM, 200ms));
  CHECK(status.by_signal);
  CHECK(status.number == SIGKILL);
}

TEST_CASE("what a child leaves behind in its group dies with it") {
  test::Tasks tasks;
  std::string out;
  auto spec = shell("sleep 1000 & echo $!; exit 0");
  spec.on_stdout = [&](std::string_view bytes) { out += bytes; };
  auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
  REQUIRE(child);
  tasks.run(child->wait());
  const pid_t grandchild = std::stoi(out);
  for (int i = 0; i < kLooks && alive(grandchild); ++i)
    tasks.run(sleep_for(20ms));
  CHECK_FALSE(alive(grandchild));
}

TEST_CASE("a child inherits no descriptor but its three") {
  test::Tasks tasks;
  const int open_socket = ::socket(AF_INET, SOCK_STREAM, 0);
  std::string out;
  auto spec = shell("ls /proc/self/fd | wc -l");
  spec.on_stdout = [&](std::string_view bytes) { out += bytes; };
  auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
  REQUIRE(child);
  tasks.run(child->wait());
  ::close(open_socket);
  CHECK(std::stoi(out) == 4);  // and the one with which ls reads the folder
}

TEST_CASE(
    "an idle child steps back behind all others, at the processor and at the disk; a low one gets "
    "a share") {
  constexpr int kOneProcess = 1;
  constexpr long kIdleDisk = 3 << 13;
  test::Tasks tasks;
  for (const auto priority : {Priority::usual, Priority::low, Priority::idle}) {
    const bool idle = priority == Priority::idle;
    const bool low = idle || priority == Priority::low;
    ChildSpec spec;
    spec.name = "cat";
    spec.program = "cat";
    spec.input = true;
    spec.priority = priority;
    auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
    REQUIRE(child);
    CHECK((::sched_getscheduler(child->pid()) == SCHED_IDLE) == idle);
    CHECK((::getpriority(PRIO_PROCESS, static_cast<id_t>(child->pid())) == 19) == low);
    CHECK((::syscall(SYS_ioprio_get, kOneProcess, child->pid()) == kIdleDisk) == low);
    std::ifstream file("/proc/" + std::to_string(child->pid()) + "/oom_score_adj");
    int score = 0;
    CHECK(file >> score);
    CHECK((score == 500) == low);
    CHECK(tasks.run(child->stop(0, 30s)).success());
  }
}

TEST_CASE("a variable of the child's environment replaces ours") {
  test::Tasks tasks;
  ::setenv("MINIDVR_TEST_VARIABLE", "ours", 1);
  std::string out;
  auto spec = shell("echo $MINIDVR_TEST_VARIABLE$HOME");
  spec.extra_environment = {"MINIDVR_TEST_VARIABLE=theirs", "HOME="};
  spec.on_stdout = [&](std::string_view bytes) { out += bytes; };
  auto child = Child::spawn(tasks.executor(), tasks.group(), spec);
  REQUIRE(child);
  tasks.run(child->wait());
  ::unsetenv("MINIDVR_TEST_VARIABLE");
  CHECK(out == "theirs\n");
}

TEST_CASE("a child dies with the process that started it, however that ends") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    test::Tasks tasks;
    auto child =
        Child::spawn(tasks.executor(), tasks.group(), shell("trap '' TERM HUP; sleep 1000"));
    const pid_t pid = child ? child->pid() : 0;
    [[maybe_unused]] const auto written = ::write(ends[1], &pid, sizeof pid);
    ::raise(SIGKILL);
  }
  pid_t child = 0;
  REQUIRE(::read(ends[0], &child, sizeof child) == sizeof child);
  ::waitpid(parent, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  REQUIRE(child > 0);
  bool gone = false;
  for (int i = 0; i < kLooks && !gone; ++i) {
    gone = !alive(child);
    ::usleep(20'000);
  }
  CHECK(gone);
}

TEST_CASE("a program is run for its answer") {
  test::Tasks tasks;
  ProgramRun run{"answer", "/bin/sh", {"-c", "echo 42; echo why >&2; exit 1"}, {}};
  const auto output = tasks.run(run_program(tasks.group(), run));
  REQUIRE(output);
  CHECK(output->out == "42\n");
  CHECK(output->err == "why\n");
  CHECK(output->status.number == 1);
}

TEST_CASE("a program that is not there has no answer") {
  test::Tasks tasks;
  ProgramRun run{"answer", "no-such-program", {}, {}};
  const auto output = tasks.run(run_program(tasks.group(), run));
  REQUIRE_FALSE(output);
  CHECK(output.error().code == Errc::not_found);
}

TEST_CASE("a program that hangs is killed at its time limit") {
  test::Tasks tasks;
  ProgramRun run{"hanger", "/bin/sh", {"-c", "trap '' TERM; sleep 1000"}, {}, 300ms};
  const auto output = tasks.run(run_program(tasks.group(), run));
  REQUIRE_FALSE(output);
  CHECK(output.error().code == Errc::unavailable);
  CHECK(output.error().reason == Reason::timeout);
}

TEST_CASE("a program that is killed is not waited for where somebody else has its output") {
  test::Tasks tasks;
  const test::TemporaryFolder place;
  const std::string pid_file = (place.path() / "pid").string();
  ProgramRun run{
      "hanger", "/bin/sh", {"-c", "setsid sleep 1000 & echo $! > " + pid_file + "; wait"}, {}, 3s};
  bool is_left = false;
  run.on_left = [&is_left](const Child&) { is_left = true; };
  const auto output = tasks.run(run_program(tasks.group(), run));
  ::kill(std::stoi(place.read("pid")), SIGKILL);
  REQUIRE_FALSE(output);
  CHECK(output.error().reason == Reason::timeout);
  CHECK_FALSE(is_left);  // it has ended itself
}

// As one that sits in a driver: in another group it does not hear what is sent to its own.
TEST_CASE("a program that does not end when it is killed is handed over, and not waited for") {
  test::Tasks tasks;
  ProgramRun run{"sitter", "perl", {"-e", "setpgrp 0, getpgrp getppid; sleep 1000"}, {}, 3s};
  std::vector<Child> left;
  run.on_left = [&left](Child child) { left.push_back(std::move(child)); };
  const auto output = tasks.run(run_program(tasks.group(), run));
  REQUIRE(left.size() == 1);
  CHECK(left.front().running());
  ::kill(left.front().pid(), SIGKILL);
  REQUIRE_FALSE(output);
  CHECK(output.error().reason == Reason::timeout);
  CHECK(tasks.run(left.front().wait()).number == SIGKILL);
  CHECK_FALSE(left.front().running());
}

TEST_CASE("a program that prints without end is refused and does not fill the memory") {
  test::Tasks tasks;
  ProgramRun run{"talker", "/bin/sh", {"-c", "yes | head -c 10000000"}, {}, 60s, 1000};
  const auto output = tasks.run(run_program(tasks.group(), run));
  REQUIRE_FALSE(output);
  CHECK(output.error().detail == "talker printed more than 1000 bytes");
}
