#include "end_of_run.hpp"

#include "core/log.hpp"
#include "inherited.hpp"

#include <csignal>

namespace minidvr {

EndOfRun::EndOfRun(net::io_context& io)
    : signals_(io, SIGTERM, SIGINT), has_terminal_(has_terminal()) {
  if (!hangup_is_ignored()) signals_.add(SIGHUP);
}

void EndOfRun::fail() {
  failed_ = true;
  signals_.cancel();
}

Task<> EndOfRun::wait(std::function<void()> read_again) {
  for (;;) {
    const auto [ec, number] = co_await signals_.async_wait(as_tuple);
    if (ec) co_return;
    if (number == SIGHUP && !has_terminal_) {
      read_again();
      continue;
    }
    log::info("mini-dvr", "ending on signal {}", number);
    co_return;
  }
}

}  // namespace minidvr
