// Which clock a stream tells its times on, and what it differs from ours.
#pragma once

#include "capture/arrival.hpp"
#include "core/clock.hpp"

#include <optional>

namespace minidvr::capture {

// ustreamer on this machine uses CLOCK_MONOTONIC_RAW (4.9) or CLOCK_MONOTONIC: there the difference
// to our clock is known exactly, also while it drifts over days. Of any other clock it is what the
// youngest frames say: those that were on their way for the shortest time.
//
// A difference that turns out to be another one is never made up for at once: times would collapse
// or tear a hole. It is slewed, by a share of the time that passes. Which clock it is can be
// learned late: two that showed the same time at the beginning are told apart when they have
// drifted. No I/O.
class SourceClock {
 public:
  enum class Kind { monotonic, monotonic_raw, foreign };

  // At the beginning a frame on a known clock is no older than this.
  static constexpr seconds kMaxDisagreement{2};
  // The same of a source that runs on this machine, which may stand still for a while as a whole.
  static constexpr seconds kMaxDelayHere{30};
  // No frame is captured after it arrived; but times are rounded.
  static constexpr milliseconds kEarliest{2};
  // Of the time that passes, at most this share is made up for: more than any clock drifts (1 %),
  // and too little to be seen.
  static constexpr double kSlew = 0.02;
  // How long the youngest frame is looked for, each time. A stall of ours ends within it.
  static constexpr seconds kWindow{2};
  // And in how many reads at least: one or two may have been held up.
  static constexpr int kReads = 5;
  // Less than this is how long frames are on their way, and no drift.
  static constexpr milliseconds kNoDrift{5};
  // Two clocks are told apart when the difference between them has changed by this much: more than
  // the shortest way of a frame ever changes.
  static constexpr milliseconds kTellApart{20};

  // A clock on which the youngest frame has aged by this much is neither of the two.
  static constexpr milliseconds kNeither{100};

  // A foreign clock that has run away from ours this far, in spite of what was made up for, and
  // runs on, counts something else than our seconds. Less may be pictures that wait on their way.
  static constexpr seconds kRunsAway{10};
  static constexpr int kWindowsAway = 2;

  // `is_here`: the source is known to run on this machine. Once one of its clocks is recognised, no
  // lateness makes it another one: then all frames of a window waited, on a machine that is busy.
  explicit SourceClock(bool is_here = false) : is_here_(is_here) {}

  // The first time: which clock it is; on a foreign one the frame was captured when its arrival
  // says.
  void begin(Steady::duration source, const Arrival& arrival, SteadyTime by_arrival);

  // `source` is the time `at` from now on: there were no times before.
  void anchor(Steady::duration source, const Arrival& arrival, SteadyTime at);

  // The same where the clock was set, or became another one, between two frames. Those of this
  // machine are never set: it is one of them only when it says about `at`, too.
  void step(Steady::duration source, const Arrival& arrival, SteadyTime at);

  // After every frame whose time was taken as it is: follows the drift.
  void follow(Steady::duration source, const Arrival& arrival);

  SteadyTime on_our_clock(Steady::duration source, const Arrival& arrival) const;

  Kind kind() const { return kind_; }

  // Its times say nothing: it is another pace than ours.
  bool runs_away() const { return windows_away_ >= kWindowsAway; }

  // How long the youngest of the last frames were on their way, by the times they were given.
  Steady::duration shortest_way() const;

 private:
  // The youngest frame of a window, on each clock.
  struct Youngest {
    Steady::duration placed;  // as we place it
    Steady::duration monotonic;
    Steady::duration raw;
  };

  Steady::duration base(Kind kind, const Arrival& arrival) const;
  Kind recognise(Steady::duration source, const Arrival& arrival) const;
  void change_to(Kind kind, const Arrival& arrival);
  void slew(Steady::duration passed);
  void look(Steady::duration source, const Arrival& arrival);
  void judge_window(const Arrival& arrival);
  void judge_pace();
  Kind judged() const;

  const bool is_here_;
  Kind kind_ = Kind::foreign;
  Steady::duration ahead_{0};    // of the source's clock, beside what its kind differs from ours
  Steady::duration pending_{0};  // what `ahead_` has to change by
  Steady::duration last_source_{0};
  SteadyTime window_began_{};
  SteadyTime last_read_{};
  int reads_ = 0;                             // in this window
  std::optional<Youngest> youngest_;          // of this window
  std::optional<Steady::duration> last_way_;  // of the window before
  std::optional<Youngest> first_;             // of the first whole window with this kind
  Steady::duration away_{0};                  // in the window before, on a foreign clock
  int windows_away_ = 0;                      // in a row
};

}  // namespace minidvr::capture
