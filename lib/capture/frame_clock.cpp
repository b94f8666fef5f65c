#include "capture/frame_clock.hpp"

#include <algorithm>
#include <cmath>

namespace minidvr::capture {
namespace {

Steady::duration to_duration(double value) {
  // The servers print microseconds; more digits are noise of the floating point.
  return microseconds(std::llround(value * 1e6));
}

}  // namespace

// A single time that stands still is told by `source` being the one before; when that happens
// again and again, the times say nothing.
bool FrameClock::moves(Steady::duration source) {
  if (last_source_ == source) {
    repeat_points_ = std::min(repeat_points_ + kRepeatPoints, kMostPoints);
  } else if (repeat_points_ > 0) {
    --repeat_points_;
  }
  return repeat_points_ <= kRepeatPoints;
}

Steady::duration FrameClock::half() const {
  return usual_.value().value_or(Steady::duration::zero()) / 2;
}

// Where the next frame belongs by its arrival: a neighbour is an interval away, whatever its way
// took.
SteadyTime FrameClock::after_last() const {
  const auto usual = usual_.value();
  if (usual && apart_ < std::chrono::duration_cast<Steady::duration>(kNeighbour * *usual)) {
    return last_ + *usual;
  }
  return last_ + std::max<Steady::duration>(apart_, microseconds(1));
}

// The distance that the source tells cannot be. A hole is one by both clocks; frames that waited
// for us are old, but not apart.
bool FrameClock::is_step(Steady::duration source, const Arrival& arrival) const {
  const auto told = source - *last_source_;
  const auto at = source_clock_.on_our_clock(source, arrival);
  if (at < last_) return true;
  const auto usual = usual_.value();
  if (!usual) return at > arrival.steady + SourceClock::kMaxDisagreement;
  const bool foreign = source_clock_.kind() == SourceClock::Kind::foreign;
  // Nobody sets the clocks of this machine: after a stall of the source its frames are late, as
  // they say, and come together.
  if (is_here_ && !foreign) return at > arrival.steady + *usual;
  if (told > *usual + half()) {
    const bool waited = read_frames_ > kReadTogether;
    auto way = source_clock_.shortest_way();
    auto behind = static_cast<double>(arrival.behind) * *usual;
    auto least = half();
    if (waited) {
      way = std::min(way, Steady::duration::zero());
      behind *= kSurelyUsual;
      least += kSurelyPlaced;
    }
    const auto expected =
        arrival.steady - way - std::chrono::duration_cast<Steady::duration>(behind);
    return at - expected > least && told - apart_ > half();
  }
  return foreign && told < half() && apart_ > half();
}

SteadyTime FrameClock::by_source(Steady::duration source, const Arrival& arrival) {
  // On the source's own clock: what is made up for between the clocks is no rhythm.
  const auto moved = jitter_.filter(SteadyTime(source)) - SteadyTime(source);
  if (last_ == SteadyTime{}) {
    source_clock_.begin(source, arrival, by_arrival(arrival));
    return source_clock_.on_our_clock(source, arrival);
  }
  // One time that stands still or goes back says nothing; the next one tells whether the clock was
  // set.
  if (timed_ && source <= *last_source_) {
    corrected_ = true;
    return after_last();
  }
  if (!timed_ || is_step(source, arrival)) {
    const auto at = timed_ ? after_last() : by_arrival(arrival);
    if (timed_) {
      source_clock_.step(source, arrival, at);
    } else {
      source_clock_.anchor(source, arrival, at);
    }
    corrected_ = true;
    return at;
  }
  if (!corrected_) usual_.add(source - *last_source_);
  source_clock_.follow(source, arrival);
  const auto told = source_clock_.on_our_clock(source, arrival);
  const auto closest = last_ + half();
  corrected_ = corrected_ && told < closest;
  if (corrected_) return closest;
  return told + moved > closest ? told + moved : told;
}

// What came in one read is spread over the time before it, and never crowds what is there already.
SteadyTime FrameClock::by_arrival(const Arrival& arrival) const {
  const auto usual = usual_.value();
  const auto interval = usual.value_or(kAssumedInterval);
  const auto behind = static_cast<Steady::rep>(arrival.behind);
  const auto at = arrival.steady - behind * interval;
  if (!usual && behind == 0) return at;
  const auto room = std::max(arrival.steady + interval - last_, Steady::duration::zero());
  return std::max(at, last_ + std::min(interval / 2, room / (behind + 1)));
}

FrameClock::Times FrameClock::stamp(std::optional<double> source_time, const Arrival& arrival) {
  const bool first = last_ == SteadyTime{};
  const bool new_read = !first && arrival.steady != last_read_;
  if (first || new_read) read_frames_ = arrival.behind + 1;
  if (new_read) {
    apart_ = (arrival.steady - last_read_) / static_cast<Steady::rep>(read_frames_);
  }
  last_read_ = arrival.steady;

  const auto source = source_time ? std::optional(to_duration(*source_time)) : std::nullopt;
  const bool timed = source && !runs_away_ && moves(*source);
  SteadyTime captured = timed ? by_source(*source, arrival) : by_arrival(arrival);
  // One read says it once, however much came with it after a stall of ours.
  if (!timed && new_read) usual_.add(apart_);
  runs_away_ = runs_away_ || (timed && source_clock_.runs_away());
  timed_ = timed;
  last_source_ = source;
  captured = std::max(std::chrono::floor<microseconds>(captured),
                      std::chrono::floor<microseconds>(last_) + microseconds(1));
  last_ = captured;
  const auto age = std::chrono::duration_cast<WallTime::duration>(arrival.steady - captured);
  return Times{captured, arrival.wall - age};
}

}  // namespace minidvr::capture
