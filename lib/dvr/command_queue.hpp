// Start and stop, one after the other.
#pragma once

#include "core/asio.hpp"
#include "core/event.hpp"

#include <deque>
#include <functional>
#include <memory>

namespace minidvr::dvr {

// Carries out commands in the order in which they were given, each when the one before is done. A
// command is carried out even when whoever gave it does not wait any more.
//
// Its outcome is told in the very step in which it is decided: whoever passes it on and the events
// too tells both in the order in which they happened. A waiter only wakes later, when the next
// command may have changed everything again.
template <class Outcome>
class CommandQueue {
 public:
  using Action = std::function<Task<Outcome>()>;
  using Handler = std::function<void(const Outcome&)>;

  explicit CommandQueue(const net::any_io_executor& executor) : changed_(executor) {}

  // Until cancelled.
  Task<> run() {
    for (;;) {
      while (commands_.empty())
        co_await changed_.wait();
      const auto command = commands_.front();
      commands_.pop_front();
      command->on_outcome(co_await command->action());
      command->done = true;
      changed_.notify();
    }
  }

  // Tells what became of it, and returns some time later. `on_outcome` is called even when the
  // caller has been cancelled meanwhile.
  Task<> carry_out(Action action, Handler on_outcome) {
    const auto command = std::make_shared<Command>();
    command->action = std::move(action);
    command->on_outcome = std::move(on_outcome);
    commands_.push_back(command);
    changed_.notify();
    while (!command->done)
      co_await changed_.wait();
  }

 private:
  struct Command {
    Action action;
    Handler on_outcome;
    bool done = false;
  };

  std::deque<std::shared_ptr<Command>> commands_;
  Event changed_;
};

}  // namespace minidvr::dvr
