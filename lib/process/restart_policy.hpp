// When to start a program again after it ended.
#pragma once

#include "core/clock.hpp"

namespace minidvr::process {

// Quick at first, because most failures are over at once; doubling up to a bound, because the rest
// are not; quick again after the program has been healthy for a while. No I/O.
class RestartPolicy {
 public:
  static constexpr milliseconds kFirstDelay{100};
  static constexpr milliseconds kLongestDelay{30'000};
  static constexpr seconds kHealthyAfter{10};

  // How long to wait before the next start, after a run of `ran` (zero when it did not even start).
  milliseconds next_delay(Steady::duration ran) {
    if (ran >= kHealthyAfter) delay_ = kFirstDelay;
    const milliseconds result = delay_;
    delay_ = delay_ * 2 < kLongestDelay ? delay_ * 2 : kLongestDelay;
    return result;
  }

 private:
  milliseconds delay_ = kFirstDelay;
};

}  // namespace minidvr::process
