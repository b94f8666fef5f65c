#include "archive/clip_times.hpp"

#include <algorithm>
#include <cmath>

namespace minidvr::archive {
namespace {

constexpr double kPerSecond = 1'000'000;

microseconds in_whole(WallTime::duration time) {
  return std::chrono::floor<microseconds>(time);
}

}  // namespace

void ClipTimes::enter(const std::string& name, WallTime start, WallTime end) {
  entered_end_ = end;
  // One that was being written is entered again when it has grown.
  if (name == recording_) return;
  recording_ = name;
  start_ = start;
}

void ClipTimes::close_hole(WallTime captured) {
  const auto hole = *start_ - end_;
  if (hole <= kLongestHole && captured > last_) return;
  taken_out_ += hole;
  if (gaps_.size() == kMostGaps) return;
  gaps_.push_back({in_whole(captured - first_ - taken_out_), end_, *start_});
}

microseconds ClipTimes::next(WallTime captured) {
  if (count_ == 0) first_ = captured;
  microseconds time{0};
  if (fps_) {
    time = microseconds(std::llround(static_cast<double>(count_) * kPerSecond / *fps_));
  } else {
    if (start_ && count_ > 0) close_hole(captured);
    time = in_whole(captured - first_ - taken_out_);
    // Frames of a damaged table may have one time; no player takes that.
    if (count_ > 0) time = std::max(time, last_time_ + microseconds(1));
  }
  start_.reset();
  end_ = entered_end_;
  ++count_;
  last_ = captured;
  last_time_ = time;
  return time;
}

microseconds ClipTimes::last_shown(microseconds interval, std::uint32_t every) const {
  if (fps_) return microseconds(std::llround(kPerSecond / *fps_));
  return std::max(interval * every, microseconds(1));
}

}  // namespace minidvr::archive
