// The instants at which the camera captures: an exact rate for any length of time.
#pragma once

#include <chrono>
#include <cstdint>

namespace minidvr::virtual_camera {

class FrameClock {
 public:
  FrameClock() = default;

  // The first tick is one interval after `start`. `rate` in millihertz, not 0.
  FrameClock(std::chrono::nanoseconds start, std::uint32_t rate)
      : next_(start),
        rate_(rate),
        whole_(nanoseconds_per_kilosecond / rate),
        fraction_(nanoseconds_per_kilosecond % rate) {
    advance();
  }

  std::chrono::nanoseconds next() const { return next_; }

  // An interval is rarely a whole number of nanoseconds (1/30 s is not): the rest is carried, so
  // nothing drifts.
  void advance() {
    next_ += std::chrono::nanoseconds(whole_);
    carried_ += fraction_;
    if (carried_ >= rate_) {
      carried_ -= rate_;
      next_ += std::chrono::nanoseconds(1);
    }
  }

 private:
  static constexpr std::uint64_t nanoseconds_per_kilosecond = 1'000'000'000'000;

  std::chrono::nanoseconds next_{};
  std::uint64_t rate_ = 1;
  std::uint64_t whole_ = 0;
  std::uint64_t fraction_ = 0;
  std::uint64_t carried_ = 0;
};

}  // namespace minidvr::virtual_camera
