// The news that the server stops, for everybody who has a client.
#pragma once

#include "core/asio.hpp"
#include "core/event.hpp"

namespace minidvr::http {

class Closing {
 public:
  explicit Closing(const net::any_io_executor& executor) : changed_(executor) {}

  void begin() {
    begun_ = true;
    changed_.notify();
  }

  bool begun() const { return begun_; }

  // Returns when closing has begun, or at `deadline`.
  Task<> wait_until(SteadyTime deadline) {
    while (!begun_ && Steady::now() < deadline)
      co_await changed_.wait_until(deadline);
  }

 private:
  bool begun_ = false;
  Event changed_;
};

}  // namespace minidvr::http
