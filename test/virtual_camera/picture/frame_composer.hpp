// Makes the JPEG of one captured frame out of restart intervals encoded beforehand.
#pragma once

#include "interval_encoder.hpp"
#include "look.hpp"
#include "scene.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace minidvr::virtual_camera {

struct FrameStamp {
  std::uint64_t number;                  // never repeats, across processes
  std::chrono::nanoseconds captured_at;  // CLOCK_MONOTONIC
};

class FrameComposer {
 public:
  FrameComposer(int width, int height, const SharedState& state);

  // Writes the JPEG and returns its length; 0 if it does not fit.
  // Behind APP0 lies a comment: "minidvr-frame <number> <capture time in microseconds>".
  std::size_t compose(const FrameStamp& stamp, std::span<std::uint8_t> output);

 private:
  // One cell of the frame that is not the background's.
  struct Patch {
    std::size_t cell;
    std::span<const std::uint8_t> bytes;
  };

  void encode_all();
  void follow_controls(std::chrono::nanoseconds now);
  void add_clock(std::chrono::nanoseconds captured_at);
  void add_counter(std::uint64_t number);
  void add_ball(std::chrono::nanoseconds captured_at);
  void add_patch(const CellArea& area, int column, const EncodedCells& cells, std::size_t first,
                 std::size_t step);

  const SharedState& state_;
  Scene scene_;
  IntervalEncoder encoder_;
  Look look_;
  std::uint32_t look_serial_;  // of the controls that look_ shows
  std::chrono::nanoseconds look_since_{};

  Bitmap clock_sheet_;
  Bitmap counter_sheet_;
  Bitmap changed_;
  EncodedCells background_;
  EncodedCells clock_;
  EncodedCells counter_;
  EncodedCells ball_;
  std::vector<Patch> patches_;
};

}  // namespace minidvr::virtual_camera
