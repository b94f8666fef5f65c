#include "recording/ivf.hpp"

#include <algorithm>
#include <concepts>
#include <string_view>

namespace minidvr::recording::ivf {
namespace {

template <std::unsigned_integral Number>
std::uint8_t* put(std::uint8_t* at, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    *at++ = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
  return at;
}

std::uint8_t* put(std::uint8_t* at, std::string_view fourcc) {
  return std::copy(fourcc.begin(), fourcc.end(), at);
}

}  // namespace

FileHeader file_header(unsigned width, unsigned height) {
  FileHeader header{};
  std::uint8_t* at = header.data();
  at = put(at, std::string_view("DKIF"));
  at = put(at, std::uint16_t{0});
  at = put(at, std::uint16_t{32});
  at = put(at, std::string_view("MJPG"));
  at = put(at, static_cast<std::uint16_t>(width));
  at = put(at, static_cast<std::uint16_t>(height));
  at = put(at, kTicksPerSecond);
  put(at, std::uint32_t{1});
  return header;  // number of frames and the reserved word stay 0
}

FrameHeader frame_header(std::size_t size, microseconds time) {
  FrameHeader header{};
  std::uint8_t* at = put(header.data(), static_cast<std::uint32_t>(size));
  put(at, static_cast<std::uint64_t>(time.count()));
  return header;
}

}  // namespace minidvr::recording::ivf
