// The picture size that a JPEG says it has.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace minidvr::capture {

struct PictureSize {
  unsigned width = 0;   // pixels
  unsigned height = 0;  // pixels
};

// Reads the frame header (SOFn, ITU-T T.81 B.2.2). nullopt when these bytes are no JPEG, or one of
// a size that no program takes: neither ffmpeg nor a browser makes a picture of it.
std::optional<PictureSize> jpeg_size(std::span<const std::uint8_t> jpeg);

}  // namespace minidvr::capture
