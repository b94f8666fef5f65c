#include "capture/jpeg_size.hpp"

#include <limits>

namespace minidvr::capture {
namespace {

// SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC).
bool is_frame_header(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
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
    if (jpeg[at] != 0xFF) return std::nullopt;
    const std::uint8_t marker = jpeg[at + 1];
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    if (is_frame_header(marker)) {
      if (at + 9 > jpeg.size()) return std::nullopt;
      const PictureSize size{u16(at + 7), u16(at + 5)};
      return is_possible(size) ? std::optional(size) : std::nullopt;
    }
    if (marker == 0xDA) return std::nullopt;  // picture data without a header before it
    at += 2 + u16(at + 2);
  }
  return std::nullopt;
}

}  // namespace minidvr::capture
