#include "capture/frame_clock.hpp"

#include <algorithm>
#include <cmath>

#include <time.h>

namespace minidvr::capture {
namespace {

Steady::duration to_duration(double value) {
  // The servers print microseconds; more digits are noise of the floating point.
  return microseconds(std::llround(value * 1e6));
}

}  // namespace

FrameClock::Arrival FrameClock::Arrival::now() {
  Arrival arrival;
  timespec raw{};
  ::clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
  arrival.steady = Steady::now();
  arrival.wall = std::chrono::system_clock::now();
  arrival.raw_ahead = std::chrono::seconds(raw.tv_sec) + std::chrono::nanoseconds(raw.tv_nsec) -
                      arrival.steady.time_since_epoch();
  return arrival;
}

// A frame is some milliseconds old when it arrives: the clock on which it is so is the server's.
void FrameClock::recognise(Steady::duration source, const Arrival& arrival) {
  const auto now = arrival.steady.time_since_epoch();
  const auto plausible = [](Steady::duration age) {
    return age >= Steady::duration::zero() && age < kMaxDisagreement;
  };
  const auto age = now - source;
  const auto raw_age = now + arrival.raw_ahead - source;
  if (plausible(age) && (!plausible(raw_age) || age <= raw_age)) {
    source_clock_ = SourceClock::monotonic;
  } else if (plausible(raw_age)) {
    source_clock_ = SourceClock::monotonic_raw;
  } else {
    source_clock_ = SourceClock::foreign;
    foreign_ahead_ = source - now;
  }
}

SteadyTime FrameClock::on_our_clock(Steady::duration source, const Arrival& arrival) const {
  switch (source_clock_) {
    case SourceClock::monotonic_raw:
      return SteadyTime(source - arrival.raw_ahead);
    case SourceClock::foreign:
      return SteadyTime(source - foreign_ahead_);
    default:
      return SteadyTime(source);
  }
}

bool FrameClock::agrees(SteadyTime captured, const Arrival& arrival) const {
  const bool known =
      source_clock_ == SourceClock::monotonic || source_clock_ == SourceClock::monotonic_raw;
  const auto age = arrival.steady - captured;
  return age >= -kMaxDisagreement && age <= (known ? kOldestFrame : kMaxDisagreement);
}

std::optional<FrameClock::Times> FrameClock::stamp(std::optional<double> source_time,
                                                   const Arrival& arrival) {
  if (source_time && source_time == last_source_time_) return std::nullopt;
  last_source_time_ = source_time;
  SteadyTime captured = arrival.steady;
  if (source_time) {
    const Steady::duration source = to_duration(*source_time);
    if (source_clock_ == SourceClock::unknown) recognise(source, arrival);
    captured = on_our_clock(source, arrival);
    if (!agrees(captured, arrival)) {
      recognise(source, arrival);
      captured = on_our_clock(source, arrival);
    }
    captured = jitter_.filter(captured);
  }
  captured = std::max(std::chrono::floor<microseconds>(captured),
                      std::chrono::floor<microseconds>(last_) + microseconds(1));
  last_ = captured;
  const auto age = std::chrono::duration_cast<WallTime::duration>(arrival.steady - captured);
  return Times{captured, arrival.wall - age};
}

}  // namespace minidvr::capture
