#include "capture/jpeg_size.hpp"

#include <limits>

namespace minidvr::capture {
namespace {

// SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC).
bool is_frame_header(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// No marker, or one without a length (TEM, RSTn).
bool is_passed_over(std::uint8_t marker) {
  return marker < 0xC0 || (marker >= 0xD0 && marker <= 0xD7);
}

// SOI, EOI and SOS: the picture ends, or its data begin, without a frame header before.
bool ends_header(std::uint8_t marker) {
  return marker >= 0xD8 && marker <= 0xDA;
}

// As av_image_check_size() of ffmpeg counts. A height of 0 would stand behind the picture (DNL),
// which nobody reads.
bool is_possible(const PictureSize& size) {
  constexpr std::uint64_t kMargin = 128;
  constexpr std::uint64_t kMost = std::numeric_limits<int>::max() / 8;
  return size.width > 0 && size.height > 0 &&
         (size.width + kMargin) * (size.height + kMargin) < kMost;
}

}  // namespace

std::optional<PictureSize> jpeg_size(std::span<const std::uint8_t> jpeg) {
  const auto u16 = [&](std::size_t at) {
    return static_cast<unsigned>(jpeg[at]) << 8 | jpeg[at + 1];
  };
  if (jpeg.size() < 4 || u16(0) != 0xFFD8) return std::nullopt;
  std::size_t at = 2;
  while (at + 4 <= jpeg.size()) {
    const std::uint8_t marker = jpeg[at + 1];
    // Fill bytes, and what else stands between two segments: decoders pass over it.
    if (jpeg[at] != 0xFF || marker == 0xFF) {
      ++at;
      continue;
    }
    if (is_passed_over(marker)) {
      at += 2;
      continue;
    }
    if (is_frame_header(marker)) {
      if (at + 9 > jpeg.size()) return std::nullopt;
      const PictureSize size{u16(at + 7), u16(at + 5)};
      return is_possible(size) ? std::optional(size) : std::nullopt;
    }
    if (ends_header(marker)) return std::nullopt;
    at += 2 + u16(at + 2);
  }
  return std::nullopt;
}

}  // namespace minidvr::capture
