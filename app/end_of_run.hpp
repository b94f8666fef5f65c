// What ends the program: a signal, or a task that failed.
#pragma once

#include "core/asio.hpp"

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace minidvr {

class EndOfRun {
 public:
  explicit EndOfRun(net::io_context& io);

  void fail();
  bool failed() const { return failed_; }

  // Returns when the program has to end. `read_again`: what SIGHUP stands for where there is no
  // terminal that could have been closed, as in a service.
  Task<> wait(std::function<void()> read_again);

 private:
  net::signal_set signals_;
  bool has_terminal_;
  bool failed_ = false;
};

}  // namespace minidvr
