// Coroutines with a common life: started together, cancelled together, waited for.
#pragma once

#include "core/asio.hpp"
#include "core/event.hpp"

#include <functional>
#include <list>
#include <memory>
#include <string>

#include <boost/asio/cancellation_signal.hpp>

namespace minidvr {

// Nothing in the program runs detached: every coroutine belongs to a group, and the group's owner
// joins it before it goes away. All on the I/O thread.
class TaskGroup {
 public:
  // Called when a task ends with an exception that is not its cancellation: a bug.
  using FailureHandler = std::function<void(const std::string& task, const std::string& what)>;

  explicit TaskGroup(net::any_io_executor executor, FailureHandler on_failure = {});
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  void spawn(std::string name, Task<> task);

  // Asks all tasks to end: what they wait for throws operation_aborted.
  void cancel();

  // Returns when the last task has ended.
  Task<> join();

  std::size_t size() const { return state_->running.size(); }

 private:
  struct Running {
    std::string name;
    net::cancellation_signal cancellation;
    bool has_begun = false;
    bool is_cancelled = false;  // before it has begun
    std::shared_ptr<bool> there = std::make_shared<bool>(true);
  };
  // Shared with the completion handlers, which may run after the group is gone when the io_context
  // is torn down.
  struct State {
    explicit State(const net::any_io_executor& executor) : changed(executor) {}
    std::list<Running> running;
    Event changed;
  };

  static Task<> begin(Running& running, Task<> task);

  net::any_io_executor executor_;
  FailureHandler on_failure_;
  std::shared_ptr<State> state_;
};

}  // namespace minidvr
