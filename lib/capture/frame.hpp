// One picture of the camera.
#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <memory>

#include <boost/container/vector.hpp>

namespace minidvr::capture {

// Boost's, because it can grow without writing zeros first: a frame is received right into it.
using Bytes = boost::container::vector<std::uint8_t>;

struct Frame {
  Bytes jpeg;                  // as the camera made it, byte for byte
  SteadyTime captured;         // when, on our monotonic clock; strictly increasing
  WallTime wall;               // the same moment on the wall clock, for names
  unsigned width = 0;          // pixels
  unsigned height = 0;         // pixels
  std::uint64_t sequence = 0;  // counts the frames that this program received
  // A longer time since the frame before is a gap, at the rate that the camera had.
  Steady::duration longest_pause = seconds(2);
};

// Frames are shared by the recorder, the relay and the snapshot, and never copied.
using FramePtr = std::shared_ptr<const Frame>;

}  // namespace minidvr::capture
