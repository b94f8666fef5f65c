// When the frames of a recording are due that is shown as it was captured.
#pragma once

#include "core/clock.hpp"

#include <optional>

namespace minidvr::api {

// Frames and the time come in, due times go out. No I/O.
class Pace {
 public:
  // Between two recordings nothing is to be seen: so long is waited at the most, or as long as for
  // the frame before where frames are further apart.
  static constexpr milliseconds kLongestGap{1000};
  // What is later than this is left out, as a camera's picture is for who can not keep up.
  static constexpr milliseconds kLate{500};

  // `speed`: seconds of capture a second, above 0.
  explicit Pace(double speed) : speed_(speed) {}

  // When the next frame is due: the first one at `now`. `new_recording`: it lies in another one
  // than the frame before.
  SteadyTime next(WallTime captured, bool new_recording, SteadyTime now);

 private:
  double speed_;
  std::optional<WallTime> last_;  // time of capture
  WallTime::duration step_{0};
  SteadyTime due_;
};

}  // namespace minidvr::api
