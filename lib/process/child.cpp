#include "process/child.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/process/v2/environment.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace minidvr::process {
namespace bp = boost::process::v2;
namespace {

constexpr std::size_t kReadBytes = 16384;  // one read of what a child prints

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

std::optional<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// What happens between fork and exec. Only async-signal-safe calls, and nothing is written: the
// memory is the parent's.
struct ChildSetup {
  int in;
  int out;
  int err;
  pid_t parent;
  Priority priority;
  int folder;

  void apply() const {
    ::setpgid(0, 0);
    if (priority != Priority::usual) step_back(priority == Priority::idle);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have died before the prctl: then nobody is left to tell us.
    if (::getppid() != parent) ::_exit(127);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    if (::dup2(in, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 ||
        ::dup2(err, STDERR_FILENO) < 0) {
      ::_exit(127);
    }
    if (folder >= 0 && ::fchdir(folder) != 0) ::_exit(127);
    ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  }

 private:
  // What the kernel does not grant (no such scheduler of processors or disks) it does without.
  static void step_back(bool is_idle) {
    constexpr int kLeastNice = 19;
    constexpr int kOneProcess = 1;      // IOPRIO_WHO_PROCESS
    constexpr int kIdleDisk = 3 << 13;  // IOPRIO_CLASS_IDLE; the C library knows neither
    ::setpriority(PRIO_PROCESS, 0, kLeastNice);
    const sched_param none{};
    if (is_idle) ::sched_setscheduler(0, SCHED_IDLE, &none);
    ::syscall(SYS_ioprio_set, kOneProcess, 0, kIdleDisk);
    // And when memory is short, it goes first. Of 1000, which would be before all else.
    constexpr std::string_view kScore = "500";
    const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score < 0) return;
    [[maybe_unused]] const auto written = ::write(score, kScore.data(), kScore.size());
    ::close(score);
  }
};

// Starts `program`: returns the number of the error; 0: `started` runs. With vfork, which copies no
// page tables: a start takes a third of the time, and our frames are not copied on write
// afterwards. Everything that the child needs is made before, and comes as an argument: it runs on
// this stack, and what is changed between vfork and exec may or may not be changed afterwards.
int vfork_and_exec(const char* program, char* const* arguments, char* const* environment,
                   const ChildSetup& setup, pid_t& started) {
  // No handler of ours may run in the child.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  volatile int failure = 0;
  // What runs in the child is below, and only that.
  const pid_t child = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (child == 0) {
    // Only system calls, which is what the rule is about.
    setup.apply();  // NOLINT(clang-analyzer-unix.Vfork)
    ::execve(program, arguments, environment);
    failure = errno;
    ::_exit(127);
  }
  if (child < 0) failure = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  // A failed exec leaves a zombie.
  if (child > 0 && failure != 0) ::waitpid(child, nullptr, 0);
  started = child;
  return failure;
}

// What exec takes: it does not write to the strings, but is declared as if.
char* exec_string(const std::string& text) {
  return const_cast<char*>(text.c_str());
}

// The program's path first, as is the custom.
std::vector<char*> argument_strings(const std::string& program,
                                    const std::vector<std::string>& arguments) {
  std::vector<char*> strings{exec_string(program)};
  for (const auto& argument : arguments)
    strings.push_back(exec_string(argument));
  strings.push_back(nullptr);
  return strings;
}

// Environment strings with those of `extra` replacing ours of the same name.
std::vector<char*> environment_strings(const std::vector<std::string>& extra) {
  std::vector<char*> merged;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto name = text.substr(0, text.find('=') + 1);
    const bool replaced =
        std::any_of(extra.begin(), extra.end(), [&](const auto& e) { return e.starts_with(name); });
    if (!replaced) merged.push_back(*entry);
  }
  for (const auto& entry : extra)
    merged.push_back(exec_string(entry));
  merged.push_back(nullptr);
  return merged;
}

ExitStatus decode(int status) {
  if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
  return {false, WEXITSTATUS(status)};
}

// Of a child that has ended, and then all that is left of its group ends, or that is to end now:
// does not block for longer than the kernel takes.
ExitStatus kill_and_reap(pid_t pid) {
  ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return decode(status);
}

}  // namespace

std::string ExitStatus::describe() const {
  if (by_signal) return fmt::format("was killed by signal {} ({})", number, ::strsignal(number));
  if (number == kUnknown) return "ended, how is not known";
  return fmt::format("ended with status {}", number);
}

struct Child::State {
  State(const net::any_io_executor& executor, std::string child_name, pid_t child_pid, int pidfd)
      : name(std::move(child_name)), pid(child_pid), exited(executor, pidfd), changed(executor) {}

  void kill_group(int number) const {
    if (!status) ::kill(-pid, number);
  }

  bool finished() const { return status && open_outputs == 0; }

  std::string name;
  pid_t pid;
  net::posix::stream_descriptor exited;  // a pidfd: readable when the child has ended
  FileDescriptor input;
  Event changed;
  std::optional<ExitStatus> status;
  int open_outputs = 0;
};

Result<std::string> find_program(const std::string& program) {
  if (program.find('/') != std::string::npos) {
    if (::access(program.c_str(), X_OK) == 0) return program;
    return make_error(Errc::not_found, fmt::format("{} is not an executable program", program));
  }
  const auto path = bp::environment::find_executable(program);
  if (path.empty()) {
    return make_error(Errc::not_found, fmt::format("there is no program {} on PATH", program));
  }
  return path.string();
}

Result<Child> Child::spawn(const net::any_io_executor& executor, TaskGroup& tasks,
                           const ChildSpec& spec) {
  auto program = find_program(spec.program);
  if (!program) return program.error();
  // It may be told from where we are.
  if (spec.folder >= 0) program = std::filesystem::absolute(*program).string();
  const auto failed = [&](int number) {
    return make_error(Errc::unavailable,
                      fmt::format("{} can not be started: {}", spec.name, errno_text(number)));
  };

  const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  auto in = spec.input ? make_pipe() : Pipe{};
  auto out = spec.on_stdout ? make_pipe() : Pipe{};
  auto err = spec.on_stderr ? make_pipe() : Pipe{};
  if (!null || !in || !out || !err) return failed(errno);

  const auto arguments = argument_strings(*program, spec.arguments);
  const auto environment = environment_strings(spec.extra_environment);
  const ChildSetup setup{spec.input ? in->read_end.get() : null.get(),
                         spec.on_stdout ? out->write_end.get() : null.get(),
                         spec.on_stderr ? err->write_end.get() : null.get(),
                         ::getpid(),
                         spec.priority,
                         spec.folder};
  pid_t pid = 0;
  if (const int number =
          vfork_and_exec(program->c_str(), arguments.data(), environment.data(), setup, pid)) {
    return failed(number);
  }
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) {
    const int number = errno;
    kill_and_reap(pid);
    return failed(number);
  }
  ::fcntl(pidfd, F_SETFD, FD_CLOEXEC);

  auto state = std::make_shared<State>(executor, spec.name, pid, pidfd);
  if (spec.input) {
    state->input = std::move(in->write_end);
    ::fcntl(state->input.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(state->input.get(), F_SETPIPE_SZ, kPipeBytes);
  }
  state->open_outputs = (spec.on_stdout ? 1 : 0) + (spec.on_stderr ? 1 : 0);
  tasks.spawn("wait for " + spec.name, reap(state));
  if (spec.on_stdout) {
    tasks.spawn(spec.name + " stdout", deliver(state, std::move(out->read_end), spec.on_stdout));
  }
  if (spec.on_stderr) {
    tasks.spawn(spec.name + " stderr", deliver(state, std::move(err->read_end), spec.on_stderr));
  }
  return Child(std::move(state));
}

Child::~Child() {
  if (state_) {
    state_->kill_group(SIGKILL);
    state_->input.reset();
  }
}

pid_t Child::pid() const {
  return state_->pid;
}
bool Child::running() const {
  return !state_->status;
}
FileDescriptor Child::take_input() {
  return std::move(state_->input);
}
void Child::signal(int number) {
  state_->kill_group(number);
}

Task<> Child::reap(std::shared_ptr<State> state) {
  bool is_killed = false;
  for (;;) {
    const auto [ec] =
        co_await state->exited.async_wait(net::posix::stream_descriptor::wait_read, as_tuple);
    // While the child is a zombie its group can not be anybody else's: kill what is left of it now.
    siginfo_t info{};
    const int waited =
        ::waitid(P_PID, static_cast<id_t>(state->pid), &info, WEXITED | WNOHANG | WNOWAIT);
    const bool ended = waited == 0 && info.si_pid == state->pid;
    const bool is_gone = waited != 0 && errno == ECHILD;
    if (!ended && !is_gone && !ec) continue;  // a spurious wake
    if (!ended && !is_gone && !is_killed) {
      // Cancelled. One that hangs in a driver does not end of that either, before the driver lets
      // it go, and all else would stand still if we were to block.
      is_killed = true;
      state->kill_group(SIGKILL);
      co_await net::this_coro::reset_cancellation_state(net::disable_cancellation());
      continue;
    }
    state->status = is_gone ? ExitStatus{false, ExitStatus::kUnknown} : kill_and_reap(state->pid);
    state->exited.close();
    state->input.reset();
    state->changed.notify();
    co_return;
  }
}

Task<> Child::deliver(std::shared_ptr<State> state, FileDescriptor end,
                      std::function<void(std::string_view)> sink) {
  net::posix::stream_descriptor pipe(co_await net::this_coro::executor, end.release());
  std::string buffer(kReadBytes, '\0');
  for (;;) {
    const auto [ec, n] = co_await pipe.async_read_some(net::buffer(buffer), as_tuple);
    if (ec) break;
    sink(std::string_view(buffer).substr(0, n));
  }
  --state->open_outputs;
  state->changed.notify();
}

// The waiting functions keep the state alive themselves: the Child may go away while they wait.
Task<std::optional<ExitStatus>> Child::wait_for_end(std::shared_ptr<State> state,
                                                    SteadyTime deadline) {
  while (!state->finished()) {
    if (Steady::now() >= deadline) co_return std::nullopt;
    co_await state->changed.wait_until(deadline);
  }
  co_return state->status;
}

Task<ExitStatus> Child::wait() {
  const auto status = co_await wait_for_end(state_, SteadyTime::max());
  co_return *status;
}

Task<std::optional<ExitStatus>> Child::wait_until(SteadyTime deadline) {
  return wait_for_end(state_, deadline);
}

Task<ExitStatus> Child::stop(int number, Steady::duration grace) {
  const auto state = state_;
  state->input.reset();
  if (number != 0) state->kill_group(number);
  if (const auto status = co_await wait_for_end(state, Steady::now() + grace)) co_return *status;
  log::warning(state->name, "does not end within {:.1f} s, killing it", to_seconds(grace));
  state->kill_group(SIGKILL);
  const auto status = co_await wait_for_end(state, SteadyTime::max());
  co_return *status;
}

}  // namespace minidvr::process
