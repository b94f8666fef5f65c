// When a frame was captured, on our own clocks.
#pragma once

#include "capture/arrival.hpp"
#include "capture/jitter_filter.hpp"
#include "capture/source_clock.hpp"
#include "capture/usual_interval.hpp"
#include "core/clock.hpp"

#include <optional>

namespace minidvr::capture {

// Turns what a stream says about time into times of our monotonic clock that strictly increase.
//
// A source's own times are kept relative to each other; only what its clock differs from ours is
// added (source_clock.hpp), and what its scheduling did to them is taken out (jitter_filter.hpp).
// Where the source's time steps, goes back or stands still, the distance to the frame before comes
// from the arrival instead. A stream without times, or with times that do not move with its
// pictures or at another pace than ours, gets arrival times; what came in one read is spread. No
// correction brings a frame closer to its neighbour than half an interval, or moves it further than
// half an interval, where that is known; nor into the future by more than an interval. No I/O.
class FrameClock {
 public:
  using Arrival = capture::Arrival;

  struct Times {
    SteadyTime captured;
    WallTime wall;
  };

  // A time that does not move is one picture's mishap; this many points make it a habit: times
  // say nothing then. A repeated time adds kRepeatPoints, any other takes one off.
  static constexpr int kRepeatPoints = 8;
  static constexpr int kMostPoints = 3 * kRepeatPoints;
  // A frame that arrives within this many intervals after the one before is its neighbour.
  static constexpr double kNeighbour = 2.5;
  // When one read brings more than this, its frames waited for us: a hole there is a hole, unless
  // it would reach beyond the frame's arrival. How long the last ones were on their way says
  // nothing then; the interval, many times over, and the place of a frame are known that well.
  static constexpr std::size_t kReadTogether = 8;
  static constexpr double kSurelyUsual = 0.9;
  static constexpr milliseconds kSurelyPlaced{50};
  // Between frames without times that come in one read before anything is known of their rhythm.
  static constexpr milliseconds kAssumedInterval{33};

  // `is_here`: the source is known to run on this machine, and to use one of its clocks.
  explicit FrameClock(bool is_here = false) : is_here_(is_here), source_clock_(is_here) {}

  // `source_time`: seconds on the source's clock.
  Times stamp(std::optional<double> source_time, const Arrival& arrival);

  // What comes next may be another stream, whose times are believed again.
  void on_lost() { runs_away_ = false; }

  // The stream tells when a frame was captured.
  bool has_times() const { return timed_; }

 private:
  bool moves(Steady::duration source);
  SteadyTime by_source(Steady::duration source, const Arrival& arrival);
  SteadyTime by_arrival(const Arrival& arrival) const;
  bool is_step(Steady::duration source, const Arrival& arrival) const;
  SteadyTime after_last() const;
  Steady::duration half() const;

  const bool is_here_;
  SourceClock source_clock_;
  JitterFilter jitter_;
  UsualInterval usual_;
  std::optional<Steady::duration> last_source_;
  int repeat_points_ = 0;
  bool runs_away_ = false;       // the source's clock: its times say nothing
  bool timed_ = false;           // the newest frame's time is the source's
  bool corrected_ = false;       // the newest frame's time is not what the source said
  std::size_t read_frames_ = 0;  // in the newest read
  SteadyTime last_read_{};       // arrival of the newest read
  Steady::duration apart_{0};  // arrival of the frames of the newest read, each from the one before
  SteadyTime last_{};          // time given to the newest frame
};

}  // namespace minidvr::capture
