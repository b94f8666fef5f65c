// What retention is told of recordings, clock and settings. No I/O but the word of the kernel or
// of systemd-timesyncd on the clock.
#pragma once

#include "archive/recording.hpp"
#include "archive/retention.hpp"
#include "core/clock.hpp"
#include "core/settings.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace minidvr::archive {

Retention::Limits limits_of(const Settings& settings);

// What goes by itself, for people: "older than 7 days, or while less than 500 MiB is free". Empty:
// nothing.
std::string describe(const Retention::Limits& limits);

Retention::File as_file(const Recording& recording);

// What tells whether the wall clock is right.
struct ClockFacts {
  WallTime now;
  bool synchronized = false;  // with others, as is known
  seconds since_boot{0};
  bool synchronized_is_known = true;  // false: nobody tells whether it is
};
ClockFacts clock_facts();

// What adjtimex(2) answers where it is allowed.
struct KernelClock {
  int state = -1;  // -1: it is refused
  int status = 0;
};

// Whether a time server keeps the clock right; nullopt: nobody tells. The kernel knows; a service
// that may not set the clock may not ask it, either. Then `mark` tells, which systemd-timesyncd(8)
// touches each time it has synchronized the clock.
std::optional<bool> is_synchronized(const KernelClock& kernel, const std::filesystem::path& mark,
                                    WallTime now);
inline constexpr const char* kTimesyncdMark = "/run/systemd/timesync/synchronized";

// After so long without a time server the kernel counts a clock as off: its possible error grows by
// 500 millionths, to 16 s.
inline constexpr seconds kStaysSynchronized{32'000};

// No clock that is right tells an earlier time.
inline constexpr WallTime kProgramWritten = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

// A machine without a clock of its own boots into the past, or into any year. Before this program
// was written it can not run. A clock that nothing sets is believed a while after boot: some
// machines know no other.
bool is_clock_set(const ClockFacts& facts);
inline constexpr std::chrono::minutes kUntilSynchronized{2};

}  // namespace minidvr::archive
