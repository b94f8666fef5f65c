#include "core/sd_notify.hpp"

#include "core/event.hpp"

#include <cstdint>

#include <systemd/sd-daemon.h>

namespace minidvr::sd_notify {

void ready() {
  ::sd_notify(0, "READY=1");
}
void stopping() {
  ::sd_notify(0, "STOPPING=1");
}
void status(const std::string& text) {
  ::sd_notify(0, ("STATUS=" + text).c_str());
}

std::optional<microseconds> watchdog_interval() {
  constexpr int kKeepEnvironment = 0;
  std::uint64_t limit = 0;  // microseconds
  if (::sd_watchdog_enabled(kKeepEnvironment, &limit) <= 0) return std::nullopt;
  return microseconds(limit / 2);
}

Task<> feed_watchdog() {
  const auto interval = watchdog_interval();
  if (!interval) co_return;
  for (;;) {
    ::sd_notify(0, "WATCHDOG=1");
    co_await sleep_for(*interval);
  }
}

}  // namespace minidvr::sd_notify
