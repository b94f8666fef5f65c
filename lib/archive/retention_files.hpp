// What retention is told of recordings, clock and settings. No I/O but the kernel's word on the
// clock.
#pragma once

#include "archive/recording.hpp"
#include "archive/retention.hpp"
#include "core/clock.hpp"
#include "core/settings.hpp"

#include <string>

namespace minidvr::archive {

Retention::Limits limits_of(const Settings& settings);

// What goes by itself, for people: "older than 7 days, or while less than 500 MiB is free". Empty:
// nothing.
std::string describe(const Retention::Limits& limits);

Retention::File as_file(const Recording& recording, bool in_use);

// What tells whether the wall clock is right.
struct ClockFacts {
  WallTime now;
  bool synchronized = false;  // with others, as the kernel knows
  seconds since_boot{0};
};
ClockFacts clock_facts();

// No clock that is right tells an earlier time.
inline constexpr WallTime kProgramWritten = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

// A machine without a clock of its own boots into the past, or into any year. Before this program
// was written it can not run. A clock that nothing sets is believed a while after boot: some
// machines know no other.
bool is_clock_set(const ClockFacts& facts);
inline constexpr std::chrono::minutes kUntilSynchronized{2};

}  // namespace minidvr::archive
