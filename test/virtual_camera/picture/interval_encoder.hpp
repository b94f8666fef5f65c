// JPEG encoding into restart intervals that can be put together in any order.
//
// Every interval starts with fresh predictors and is coded with the same tables, so the bytes of
// one "cell" (as wide as the interval, 8 lines high) are valid at every place of every picture. A
// frame is then composed by copying bytes.
#pragma once

#include "bitmap.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace minidvr::virtual_camera {

inline constexpr int cell_height = 8;  // 4:2:2: a coded unit is 16x8 pixels
inline constexpr int cell_unit_width = 16;

struct EncodedCells {
  std::vector<std::uint8_t> header;  // everything from SOI to the end of the SOS segment
  std::vector<std::uint8_t>
      scan;  // cells row by row, each followed by a two-byte marker (RSTn, the last one by EOI)
  std::vector<std::size_t> offsets;  // of each cell in `scan`, and one past the last marker

  std::size_t count() const { return offsets.size() - 1; }
  std::span<const std::uint8_t> cell(std::size_t index) const {
    return std::span(scan).subspan(offsets[index],
                                   offsets[index + 1] - offsets[index] - marker_size);
  }

  static constexpr std::size_t marker_size = 2;
};

// Reuses one libjpeg compressor, because setting one up costs more than encoding a small picture.
// Not thread-safe.
class IntervalEncoder {
 public:
  // cell_width is a multiple of cell_unit_width; quality as libjpeg counts it, 1..100.
  IntervalEncoder(int cell_width, int quality);
  IntervalEncoder(IntervalEncoder&&) noexcept;
  IntervalEncoder(const IntervalEncoder&) = delete;
  IntervalEncoder& operator=(IntervalEncoder&&) = delete;
  IntervalEncoder& operator=(const IntervalEncoder&) = delete;
  ~IntervalEncoder();

  // The picture's width must be a multiple of cell_width, its height one of cell_height.
  void encode(const Bitmap& bitmap, EncodedCells& result);

 private:
  class Compressor;
  std::unique_ptr<Compressor> compressor_;
};

}  // namespace minidvr::virtual_camera
