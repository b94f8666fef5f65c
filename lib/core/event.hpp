// A condition that coroutines on the I/O thread wait for.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"

#include <boost/asio/steady_timer.hpp>

namespace minidvr {

// Like a condition variable: a waiter is woken by the next notify(), and then looks for itself
// whether what it waits for is true. Not a latch: a notify() without waiters is forgotten.
class Event {
 public:
  explicit Event(const net::any_io_executor& executor) : timer_(executor) {
    timer_.expires_at(SteadyTime::max());
  }

  // Wakes all waiters.
  void notify() { timer_.cancel(); }

  // Returns at the next notify(). Throws operation_aborted when the waiting task is cancelled.
  Task<> wait() {
    [[maybe_unused]] const auto [ec] = co_await timer_.async_wait(as_tuple);
    co_await throw_if_cancelled();
  }

  // The same, but at `deadline` at the latest. Each call waits on a timer of its own, so that
  // waiters with different deadlines do not disturb each other.
  Task<> wait_until(SteadyTime deadline);

 private:
  static Task<> throw_if_cancelled();

  net::steady_timer timer_;
};

// Sleeps. Throws operation_aborted when the task is cancelled.
Task<> sleep_for(Steady::duration duration);

}  // namespace minidvr
