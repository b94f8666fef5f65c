#include "capture/repeated_picture.hpp"

#include <algorithm>
#include <utility>

namespace minidvr::capture {

bool RepeatedPicture::is_repeat(std::optional<double> time, const Bytes& jpeg, bool is_grab_time) {
  const bool believed = is_grab_time || own_times_ >= kBelieved;
  return believed && time && time == time_ && frame_ && frame_->jpeg == jpeg;
}

void RepeatedPicture::on_frame(std::optional<double> time, FramePtr frame) {
  own_times_ = time && time != time_ ? std::min(own_times_ + 1, kBelieved) : 0;
  time_ = time;
  frame_ = std::move(frame);
}

}  // namespace minidvr::capture
