// How many frames the camera or its server skipped before they could reach us.
#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <optional>

#include <boost/container/static_vector.hpp>

namespace minidvr::capture {

// A camera delivers at even distances. Where its rhythm is interrupted and goes on afterwards, the
// frames that belong in between and are not there were skipped; those that came late or together
// are there. Another frame rate, a camera without a rhythm and a pause are no skipped frames. So a
// hole is judged some frames later. No I/O.
class MissedFrames {
 public:
  static constexpr std::size_t kWindow = 24;    // distances that show the rhythm
  static constexpr std::size_t kClear = 20;     // of them have to be alike
  static constexpr double kAlike = 0.25;        // intervals that two distances may differ
  static constexpr int kBack = 4;               // usual distances in a row: the rhythm is back
  static constexpr int kOther = 4;              // others, alike, in a row: that is another rhythm
  static constexpr int kLongest = 64;           // frames that an interruption is looked at
  static constexpr int kGoesOn = kLongest / 4;  // usual distances in it: the rhythm goes on
  // A longer one is a camera that stands still, and told as that.
  static constexpr seconds kLongestHole{2};
  static constexpr seconds kReportInterval{60};

  void on_frame(SteadyTime captured);
  // The stream was lost: what is missing then is a gap.
  void on_lost();

  std::uint64_t count() const { return count_; }

  // How many are new since the last report; nullopt when there are none, or the last one was less
  // than kReportInterval ago.
  std::optional<std::uint64_t> report(SteadyTime now);

 private:
  struct Interruption {
    SteadyTime before;       // the last frame in the rhythm
    int frames = 0;          // since then
    int usual_in_a_row = 0;  // distances
    int usual = 0;
    Steady::duration other{0};  // the newest distance
    int others = 0;             // distances like it, in a row
  };

  bool alike(Steady::duration a, Steady::duration b) const;
  void learn(Steady::duration distance);
  void interrupted(SteadyTime captured, Steady::duration distance);
  void settle(SteadyTime until);

  std::uint64_t count_ = 0;
  std::uint64_t reported_ = 0;
  std::optional<SteadyTime> last_report_;
  std::optional<SteadyTime> last_;
  boost::container::static_vector<Steady::duration, kWindow> distances_;  // oldest first
  Steady::duration usual_{0};  // zero while there is no clear rhythm
  std::optional<Interruption> interruption_;
};

}  // namespace minidvr::capture
