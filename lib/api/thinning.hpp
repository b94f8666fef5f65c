// Which frames of a live picture a client gets that wants fewer.
#pragma once

#include "core/clock.hpp"

#include <chrono>

namespace minidvr::api {

// Times of capture come in, verdicts go out. No I/O.
class Thinning {
 public:
  // `fps`: frames a second that are wanted, above 0.
  explicit Thinning(double fps)
      : interval_(
            std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(1 / fps))) {}

  // Whether the frame captured then is one of them. On the average so many are; a camera's jitter
  // of less than a quarter of their distance leaves none out, so one that has as many loses none.
  bool wants(SteadyTime captured) {
    if (captured + interval_ / 4 < due_) return false;
    // After a pause it goes on from here, instead of making up for it.
    due_ = captured - due_ > interval_ ? captured + interval_ : due_ + interval_;
    return true;
  }

 private:
  Steady::duration interval_;
  SteadyTime due_{};
};

}  // namespace minidvr::api
