// When each frame is shown in a clip. No I/O here.
#pragma once

#include "archive/clip.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::archive {

// Times are those of capture, counted from the first frame. Only a hole between two recordings that
// is longer than kLongestHole, or in which the clock was set back, is taken out: the next frame is
// shown when the one before has been. With `fps`, each frame is shown for 1/fps instead.
class ClipTimes {
 public:
  static constexpr seconds kLongestHole{1};

  explicit ClipTimes(std::optional<double> fps) : fps_(fps) {}

  // The frames from here on are of this recording, which goes from the capture of its first frame
  // to when its last one has been shown.
  void enter(const std::string& name, WallTime start, WallTime end);

  // The time of the next frame, which is later than the one before.
  microseconds next(WallTime captured);

  // How long the last frame is shown, when the frames of its recording are `interval` apart and
  // each `every`-th is taken.
  microseconds last_shown(microseconds interval, std::uint32_t every) const;

  // The first kMostGaps of them.
  const std::vector<ClipGap>& gaps() const { return gaps_; }

 private:
  void close_hole(WallTime captured);

  std::optional<double> fps_;
  std::uint64_t count_ = 0;
  std::string recording_;
  std::optional<WallTime> start_;  // of the recording that was entered; until its first frame
  WallTime end_;                   // of the recording that the last frame is of
  WallTime entered_end_;           // of the one that was entered
  WallTime first_;                 // time of capture
  WallTime last_;                  // time of capture
  microseconds last_time_{0};      // in the clip
  WallTime::duration taken_out_{0};
  std::vector<ClipGap> gaps_;
};

}  // namespace minidvr::archive
