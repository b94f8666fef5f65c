#include "api/pace.hpp"

#include <algorithm>

namespace minidvr::api {

SteadyTime Pace::next(WallTime captured, bool new_recording, SteadyTime now) {
  if (!last_) {
    last_ = captured;
    return due_ = now;
  }
  // Where the clock was set back, one recording begins before the end of another.
  auto step = std::max(captured - *last_, WallTime::duration(0));
  if (new_recording) step = std::min(step, std::max<WallTime::duration>(kLongestGap, step_));
  step_ = step;
  last_ = captured;
  const std::chrono::duration<double> shown_for = step;
  due_ += std::chrono::duration_cast<Steady::duration>(shown_for / speed_);
  return due_;
}

}  // namespace minidvr::api
