#include "capture/jpeg_size.hpp"

namespace minidvr::capture {
namespace {

// SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC).
bool is_frame_header(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
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
      return PictureSize{u16(at + 7), u16(at + 5)};
    }
    if (marker == 0xDA) return std::nullopt;  // picture data without a header before it
    at += 2 + u16(at + 2);
  }
  return std::nullopt;
}

}  // namespace minidvr::capture
