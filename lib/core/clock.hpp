// The two clocks and how their times are written.
//
// Durations and sample times come from the monotonic clock. The wall clock only names things: a Pi
// has no clock battery, so its wall clock jumps after boot.
#pragma once

#include <chrono>
#include <string>

namespace minidvr {

using Steady = std::chrono::steady_clock;  // CLOCK_MONOTONIC
using SteadyTime = Steady::time_point;
using WallTime = std::chrono::system_clock::time_point;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// ISO 8601 in local time with milliseconds and offset: 2026-11-23T10:07:12.345+01:00
std::string iso8601(WallTime time);

// Local time as recordings are named: 20261123_100712
std::string file_stamp(WallTime time);

// What has to be added to UTC to get the local time at `time`.
seconds local_offset(WallTime time);

// For how long the machine has slept since it was booted, which Steady does not count. To be
// compared with what it was: by itself it may be a little off, or of another container's clock.
Steady::duration time_asleep();

inline double to_seconds(Steady::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace minidvr
