// A child process. This is the only code that forks.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/task_group.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace minidvr::process {

// How a child ended.
struct ExitStatus {
  bool by_signal = false;
  int number = 0;  // the signal, or the exit status

  // Of a child that somebody else waited for: the kernel does when SIGCHLD is ignored.
  static constexpr int kUnknown = -1;

  bool success() const { return !by_signal && number == 0; }
  // "ended with status 1", "was killed by signal 9 (Killed)"
  std::string describe() const;
};

// Of processor and disk. Those below the usual are killed first when memory is short.
enum class Priority {
  usual,
  low,   // the least that there is a share for: also beside those that want all it comes to its end
  idle,  // what nobody else wants, which may be nothing
};

struct ChildSpec {
  std::string name;     // as it is called in the log
  std::string program;  // a path, or a name to be found on PATH
  std::vector<std::string> arguments;
  std::vector<std::string> extra_environment;  // NAME=VALUE, beside our own
  bool input = false;                          // true: a pipe to write to; false: /dev/null
  int folder = -1;                             // open: its working directory; -1: ours
  Priority priority = Priority::usual;
  // Called for each piece that the child prints; empty: /dev/null.
  std::function<void(std::string_view bytes)> on_stdout;
  std::function<void(std::string_view bytes)> on_stderr;
};

// A running child in a process group of its own. It inherits no descriptor but its three, and it
// dies (SIGKILL) when this process does, however that happens. When it ends, what is left of its
// group is killed.
class Child {
 public:
  // How much a pipe to a child holds, bytes. One write can then take a whole frame.
  static constexpr int kPipeBytes = 1 << 20;

  // not_found: there is no such program; unavailable: it can not be started now. The tasks that
  // watch the child belong to `tasks`. Call on the main thread only: the child dies with the thread
  // that started it.
  static Result<Child> spawn(const net::any_io_executor& executor, TaskGroup& tasks,
                             const ChildSpec& spec);

  Child(Child&&) noexcept = default;
  Child& operator=(Child&&) = delete;
  // Kills the group when the child is still running.
  ~Child();

  pid_t pid() const;
  bool running() const;

  // The pipe to the child's stdin, non-blocking, once. It is the taker's to close.
  FileDescriptor take_input();

  // Returns when the child has ended and all that it printed was delivered.
  Task<ExitStatus> wait();
  // The same, nullopt when it still runs at `deadline`.
  Task<std::optional<ExitStatus>> wait_until(SteadyTime deadline);

  // Sends a signal to the whole group. Does nothing when the child has ended.
  void signal(int number);

  // Closes stdin unless it was taken, sends `number` to the group (0: none), waits at most `grace`,
  // then kills the group.
  Task<ExitStatus> stop(int number, Steady::duration grace);

 private:
  struct State;
  explicit Child(std::shared_ptr<State> state) : state_(std::move(state)) {}
  static Task<std::optional<ExitStatus>> wait_for_end(std::shared_ptr<State> state,
                                                      SteadyTime deadline);
  static Task<> reap(std::shared_ptr<State> state);
  static Task<> deliver(std::shared_ptr<State> state, FileDescriptor end,
                        std::function<void(std::string_view)> sink);

  std::shared_ptr<State> state_;
};

// The path of a program: `program` itself when it has a slash, else the first on PATH. not_found
// when there is none that may be executed.
Result<std::string> find_program(const std::string& program);

}  // namespace minidvr::process
