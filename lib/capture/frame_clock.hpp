// When a frame was captured, on our own clocks.
#pragma once

#include "capture/jitter_filter.hpp"
#include "core/clock.hpp"

#include <optional>

namespace minidvr::capture {

// Turns what a stream says about time into times of our monotonic clock that strictly increase.
//
// A server's own times are kept to the microsecond relative to each other; only what its clock
// differs from ours is added. ustreamer on this machine uses CLOCK_MONOTONIC_RAW (4.9) or
// CLOCK_MONOTONIC: there the difference is known exactly, also when it drifts over days. Of any
// other server it is taken from the first frame. What the server's scheduling did to them is taken
// out (jitter_filter.hpp). A stream without times gets its arrival times. No I/O.
class FrameClock {
 public:
  // When a frame arrived, on all clocks that may matter.
  struct Arrival {
    SteadyTime steady;              // CLOCK_MONOTONIC
    Steady::duration raw_ahead{0};  // CLOCK_MONOTONIC_RAW minus CLOCK_MONOTONIC
    WallTime wall;

    static Arrival now();
  };

  struct Times {
    SteadyTime captured;
    WallTime wall;
  };

  // Further apart than this, a server's clock and ours do not go together (it was set, or the
  // server restarted): the constant is taken afresh.
  static constexpr seconds kMaxDisagreement{2};
  // A frame by a clock that is known may be older: it waited while this program stood still.
  static constexpr seconds kOldestFrame{30};

  // `source_time`: seconds on the server's clock. nullopt: this is the frame before once more.
  std::optional<Times> stamp(std::optional<double> source_time, const Arrival& arrival);

 private:
  enum class SourceClock { unknown, monotonic, monotonic_raw, foreign };

  bool agrees(SteadyTime captured, const Arrival& arrival) const;
  void recognise(Steady::duration source, const Arrival& arrival);
  SteadyTime on_our_clock(Steady::duration source, const Arrival& arrival) const;

  std::optional<double> last_source_time_;
  SourceClock source_clock_ = SourceClock::unknown;
  Steady::duration foreign_ahead_{0};  // a foreign clock minus ours
  JitterFilter jitter_;
  SteadyTime last_{};
};

}  // namespace minidvr::capture
