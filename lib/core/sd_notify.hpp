// Tells systemd how the service is (sd_notify(3)). Does nothing when not run by systemd.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"

#include <optional>
#include <string>

namespace minidvr::sd_notify {

void ready();
void stopping();
// One line for `systemctl status`.
void status(const std::string& text);

// How often systemd is to hear that this process still works: in half of the time after which it
// takes it for hung (WatchdogSec= of the unit). None when it does not watch, or watches another
// process of which we have the environment.
std::optional<microseconds> watchdog_interval();

// Tells it so, at once and then at watchdog_interval(), until cancelled. On the I/O thread: when
// that hangs nothing is told, and systemd starts the service anew. Returns when nobody watches.
Task<> feed_watchdog();

}  // namespace minidvr::sd_notify
