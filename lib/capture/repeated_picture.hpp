// A picture that the server sends once more is no frame.
#pragma once

#include "capture/frame.hpp"

#include <optional>

namespace minidvr::capture {

// ustreamer sends its newest picture again to whoever connects, with the same time; other servers
// do so while nothing new comes. Both the time and the bytes have to be those of the frame before,
// and the times must be worth believing: each of the last pictures had one of its own. Else a
// camera that looks at a still wall, with times that stand still, would lose every frame. No I/O.
class RepeatedPicture {
 public:
  // More than the pictures of one second: times of whole seconds are not told from frames.
  static constexpr int kBelieved = 30;

  // Whether this part is the frame before once more. `time` is the source's; one that ustreamer
  // calls a grab time is believed from the first.
  bool is_repeat(std::optional<double> time, const Bytes& jpeg, bool is_grab_time = false);

  // The part became this frame.
  void on_frame(std::optional<double> time, FramePtr frame);

 private:
  std::optional<double> time_;
  FramePtr frame_;
  int own_times_ = 0;  // of the newest pictures, in a row
};

}  // namespace minidvr::capture
