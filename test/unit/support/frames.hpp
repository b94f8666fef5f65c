// Frames for tests that need no camera.
#pragma once

#include "capture/frame.hpp"

#include <cstdint>
#include <memory>

namespace minidvr::test {

// A point of the monotonic clock to count from.
inline SteadyTime at(std::chrono::microseconds time) {
  return SteadyTime(std::chrono::hours(1)) + time;
}

// The smallest thing that looks like a JPEG of this size: SOI, SOF0, EOI and filling between.
inline capture::Bytes jpeg(unsigned width, unsigned height, std::size_t bytes = 64) {
  capture::Bytes data{0xFF, 0xD8, 0xFF, 0xC0, 0x00, 0x0B, 0x08};
  for (const unsigned value : {height, width}) {
    data.push_back(static_cast<std::uint8_t>(value >> 8));
    data.push_back(static_cast<std::uint8_t>(value));
  }
  data.resize(bytes - 2, 0x55);
  data.push_back(0xFF);
  data.push_back(0xD9);
  return data;
}

inline capture::FramePtr frame(std::chrono::microseconds captured, WallTime wall,
                               unsigned width = 1280, unsigned height = 720,
                               std::size_t bytes = 64) {
  auto result = std::make_shared<capture::Frame>();
  result->jpeg = jpeg(width, height, bytes);
  result->captured = at(captured);
  result->wall = wall;
  result->width = width;
  result->height = height;
  return result;
}

// Of a camera that may take so long for the next one.
inline capture::FramePtr slow_frame(std::chrono::microseconds captured, WallTime wall,
                                    Steady::duration longest_pause) {
  auto result = std::make_shared<capture::Frame>(*frame(captured, wall));
  result->longest_pause = longest_pause;
  return result;
}

}  // namespace minidvr::test
