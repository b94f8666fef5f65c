// Takes the scheduling of the capturing program out of capture times.
#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace minidvr::capture {

// A camera delivers at even distances; the program that fetches its frames notes the time when it
// gets to run, which on a busy machine is now and then some milliseconds late, and never early. A
// time that comes later than the rhythm of the frames before is moved back into that rhythm; every
// other time is left exactly as it is, and so are all while there is no clear rhythm. A frame rate
// that changes is followed at once: one frame at most is placed by the old rhythm, three when the
// rates hardly differ or the rhythm is shifted. ustreamer tells whole milliseconds: differences up
// to one mean nothing.
//
// The rhythm is a line through the last second or two of times, by the medians of Theil and Sen (P.
// K. Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 1968), which late
// frames do not bend. No I/O.
class JitterFilter {
 public:
  static constexpr std::size_t kWindow = 48;   // frames that make the rhythm
  static constexpr std::size_t kFewest = 8;    // with fewer there is none yet
  static constexpr microseconds kInTime{900};  // what is later than this is moved
  static constexpr double kClear = 0.4;        // of the frames have to be in time
  // Two distances that are one, but for rounding.
  static constexpr microseconds kSameInterval{1100};
  // A distance that differs that much from the usual one may be that of another rate: when it comes
  // three times in a row; twice, when it differs more than scheduling is likely to do twice.
  static constexpr microseconds kOtherRate{1500};
  static constexpr microseconds kClearlyOther{4000};
  // So many frames in a row that would be moved are a rhythm of their own.
  static constexpr std::size_t kMostMoved = 4;
  static constexpr double kEarly = 0.15;  // intervals that a frame may be early; else it is late
  // Intervals that a frame is moved at the most: one that is further off may belong anywhere.
  static constexpr double kFarthest = 0.5;
  static constexpr double kLongestPause = 8;  // intervals; after a longer one all begins anew

  // `noted`: when the frame was fetched. Returns when it was captured.
  SteadyTime filter(SteadyTime noted);

 private:
  void remember(SteadyTime noted);
  std::optional<SteadyTime> place() const;

  std::deque<SteadyTime> noted_;  // oldest first
  double usual_ = 0;              // median of their distances, seconds
  std::size_t others_ = 0;        // newest distances that are alike, and not the usual one
  std::size_t moved_ = 0;         // newest frames, in a row, that were moved
  SteadyTime last_{};             // what the frame before was moved to
};

}  // namespace minidvr::capture
