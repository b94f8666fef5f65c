// When a frame arrived.
#pragma once

#include "core/clock.hpp"

#include <cstddef>

namespace minidvr::capture {

// A moment on all clocks that may matter.
struct Arrival {
  SteadyTime steady;              // CLOCK_MONOTONIC
  Steady::duration raw_ahead{0};  // CLOCK_MONOTONIC_RAW minus CLOCK_MONOTONIC
  WallTime wall;
  std::size_t behind = 0;  // frames that came in the same read, and follow this one

  static Arrival now();
};

}  // namespace minidvr::capture
