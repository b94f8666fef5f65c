#include "capture/source_clock.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <time.h>

namespace minidvr::capture {
namespace {

constexpr int kTriesToReadTogether = 4;
constexpr microseconds kTogether{50};

}  // namespace

// Reading three clocks takes no time, unless another program runs in between: then the reading that
// took least counts.
Arrival Arrival::now() {
  Arrival best;
  auto least = Steady::duration::max();
  for (int tried = 0; tried < kTriesToReadTogether && least >= kTogether; ++tried) {
    Arrival arrival;
    timespec raw{};
    const SteadyTime before = Steady::now();
    ::clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
    arrival.wall = std::chrono::system_clock::now();
    arrival.steady = Steady::now();
    arrival.raw_ahead = std::chrono::seconds(raw.tv_sec) + std::chrono::nanoseconds(raw.tv_nsec) -
                        arrival.steady.time_since_epoch();
    if (arrival.steady - before >= least) continue;
    least = arrival.steady - before;
    best = arrival;
  }
  return best;
}

Steady::duration SourceClock::base(Kind kind, const Arrival& arrival) const {
  return kind == Kind::monotonic_raw ? arrival.raw_ahead : Steady::duration::zero();
}

SteadyTime SourceClock::on_our_clock(Steady::duration source, const Arrival& arrival) const {
  return SteadyTime(source - base(kind_, arrival) - ahead_);
}

// A frame is some milliseconds old when it arrives: the clock on which it is so is the source's.
SourceClock::Kind SourceClock::recognise(Steady::duration source, const Arrival& arrival) const {
  const auto age = arrival.steady.time_since_epoch() - source;
  const auto raw_age = age + arrival.raw_ahead;
  const Steady::duration most = is_here_ ? kMaxDelayHere : kMaxDisagreement;
  const auto plausible = [most](Steady::duration value) {
    return value >= Steady::duration::zero() && value < most;
  };
  if (plausible(age) && (!plausible(raw_age) || age <= raw_age)) return Kind::monotonic;
  return plausible(raw_age) ? Kind::monotonic_raw : Kind::foreign;
}

void SourceClock::begin(Steady::duration source, const Arrival& arrival, SteadyTime by_arrival) {
  const Kind kind = recognise(source, arrival);
  anchor(source, arrival,
         kind == Kind::foreign ? by_arrival : SteadyTime(source - base(kind, arrival)));
}

void SourceClock::anchor(Steady::duration source, const Arrival& arrival, SteadyTime at) {
  kind_ = recognise(source, arrival);
  ahead_ = source - base(kind_, arrival) - at.time_since_epoch();
  pending_ = kind_ == Kind::foreign ? Steady::duration::zero() : -ahead_;
  last_source_ = source;
  window_began_ = arrival.steady;
  reads_ = 0;
  youngest_.reset();
  last_way_.reset();
  first_.reset();
  away_ = Steady::duration::zero();
  windows_away_ = 0;
}

void SourceClock::step(Steady::duration source, const Arrival& arrival, SteadyTime at) {
  anchor(source, arrival, at);
  if (!is_here_ && kind_ != Kind::foreign && std::chrono::abs(ahead_) > kNeither) {
    change_to(Kind::foreign, arrival);
  }
}

// Times go on where they are.
void SourceClock::change_to(Kind kind, const Arrival& arrival) {
  ahead_ += base(kind_, arrival) - base(kind, arrival);
  kind_ = kind;
  pending_ = kind == Kind::foreign ? Steady::duration::zero() : -ahead_;
  youngest_.reset();
  first_.reset();
}

void SourceClock::follow(Steady::duration source, const Arrival& arrival) {
  slew(source - std::exchange(last_source_, source));
  const auto age = SteadyTime(source - base(kind_, arrival));
  if (kind_ != Kind::foreign && age > arrival.steady + kEarliest) {
    change_to(recognise(source, arrival), arrival);
  }
  if (arrival.steady - window_began_ > kWindow && reads_ >= kReads) {
    if (youngest_) last_way_ = youngest_->placed;
    judge_window(arrival);
    youngest_.reset();
    window_began_ = arrival.steady;
    reads_ = 0;
  }
  if (arrival.steady != std::exchange(last_read_, arrival.steady)) ++reads_;
  look(source, arrival);
}

void SourceClock::slew(Steady::duration passed) {
  const auto most = std::chrono::duration_cast<Steady::duration>(kSlew * passed);
  const auto step = std::clamp(pending_, -most, most);
  ahead_ += step;
  pending_ -= step;
  if (youngest_) youngest_->placed += step;
  if (last_way_) *last_way_ += step;
}

Steady::duration SourceClock::shortest_way() const {
  const auto none = Steady::duration::max();
  const auto way = std::min(youngest_ ? youngest_->placed : none, last_way_.value_or(none));
  return way == none ? Steady::duration::zero() : way;
}

void SourceClock::look(Steady::duration source, const Arrival& arrival) {
  const auto age = arrival.steady.time_since_epoch() - source;
  const Youngest seen{arrival.steady - on_our_clock(source, arrival), age, age + arrival.raw_ahead};
  if (!youngest_) youngest_ = seen;
  youngest_->placed = std::min(youngest_->placed, seen.placed);
  youngest_->monotonic = std::min(youngest_->monotonic, seen.monotonic);
  youngest_->raw = std::min(youngest_->raw, seen.raw);
}

void SourceClock::judge_window(const Arrival& arrival) {
  if (!youngest_) return;
  if (kind_ == Kind::foreign) {
    judge_pace();
    const bool drifted = std::chrono::abs(youngest_->placed) > kNoDrift;
    pending_ = drifted ? -youngest_->placed : Steady::duration::zero();
    return;
  }
  if (!first_) first_ = youngest_;
  const Kind kind = judged();
  if (kind != kind_) change_to(kind, arrival);
}

void SourceClock::judge_pace() {
  const auto away = std::chrono::abs(youngest_->placed);
  windows_away_ = away > kRunsAway && away > away_ ? windows_away_ + 1 : 0;
  away_ = away;
}

// On the right clock the youngest frames are always of the same age; on any other they age by what
// it has drifted.
SourceClock::Kind SourceClock::judged() const {
  const auto monotonic = std::chrono::abs(youngest_->monotonic - first_->monotonic);
  const auto raw = std::chrono::abs(youngest_->raw - first_->raw);
  const bool is_raw = kind_ == Kind::monotonic_raw;
  const auto here = is_raw ? raw : monotonic;
  const auto there = is_raw ? monotonic : raw;
  const auto age = is_raw ? youngest_->raw : youngest_->monotonic;
  if (here > kTellApart && there < here / 4) return is_raw ? Kind::monotonic : Kind::monotonic_raw;
  if (is_here_) return kind_;
  if (age > kMaxDisagreement || (here > kNeither && there > kNeither)) return Kind::foreign;
  return kind_;
}

}  // namespace minidvr::capture
