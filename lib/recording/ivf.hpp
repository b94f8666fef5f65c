// IVF, the thinnest container that carries times: what ffmpeg is fed with.
//
// Layout: multimedia.cx wiki "IVF" and libavformat/ivfdec. All numbers little endian.
#pragma once

#include "core/clock.hpp"

#include <array>
#include <cstdint>

namespace minidvr::recording::ivf {

inline constexpr std::uint32_t kTicksPerSecond = 1'000'000;

using FileHeader = std::array<std::uint8_t, 32>;
using FrameHeader = std::array<std::uint8_t, 12>;

// `width`, `height`: pixels, at most 65535.
FileHeader file_header(unsigned width, unsigned height);

// `size`: bytes of the frame that follows; `time`: since the first frame.
FrameHeader frame_header(std::size_t size, microseconds time);

}  // namespace minidvr::recording::ivf
