// A program that should always run.
#pragma once

#include "core/asio.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "core/task_group.hpp"
#include "process/child.hpp"
#include "process/restart_policy.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace minidvr::process {

// Starts a program and starts it again whenever it ends, with the delays of RestartPolicy. A
// program that is missing is looked for again at the same pace.
class SupervisedProcess {
 public:
  // Makes the arguments afresh for every start.
  using MakeSpec = std::function<ChildSpec()>;

  SupervisedProcess(TaskGroup& tasks, MakeSpec make_spec, int stop_signal, Steady::duration grace)
      : tasks_(tasks), make_spec_(std::move(make_spec)), stop_signal_(stop_signal), grace_(grace) {}

  // Runs until stop() or cancellation.
  Task<> run();

  // Ends the child and run(). Returns when the child is gone.
  Task<> stop();

  // Ends the child, so that it is started again at once: it lives, but does not do its work.
  void restart(const std::string& why);

  // Starts it at once where it waits to be started again: what kept it from running is over.
  void hurry();

  // How often it was started again, since the start.
  struct Restarts {
    std::uint64_t ended = 0;  // because it had ended by itself, or by somebody else's hand
    std::uint64_t asked = 0;  // because of restart()
  };
  const Restarts& restarts() const { return restarts_; }

  bool running() const { return child_ && child_->running(); }
  // nullopt: it does not run.
  std::optional<pid_t> pid() const {
    return running() ? std::optional(child_->pid()) : std::nullopt;
  }
  // Why it is not running; empty while it runs.
  const std::string& problem() const { return problem_; }

 private:
  Task<> wait_before_start(milliseconds delay, RestartPolicy& policy);

  TaskGroup& tasks_;
  MakeSpec make_spec_;
  int stop_signal_;
  Steady::duration grace_;
  std::optional<Child> child_;
  std::string problem_ = "not started yet";
  bool stopping_ = false;
  bool hurries_ = false;
  std::optional<Event> hurried_;  // while it runs
  bool was_asked_ = false;        // the one that ends now, or ended last
  Restarts restarts_;
};

// A sink for ChildSpec::on_stdout and on_stderr that logs each line under the child's name, at most
// some hundreds a minute. `level_of` tells the level of a line.
std::function<void(std::string_view)> log_lines(
    std::string name, std::function<log::Level(std::string_view line)> level_of);

}  // namespace minidvr::process
