#include "capture/jpeg_end.hpp"

#include <algorithm>
#include <cstdint>

namespace minidvr::capture {
namespace {

enum Marker : std::uint8_t {
  kStuffed = 0x00,
  kTem = 0x01,
  kRst0 = 0xD0,
  kRst7 = 0xD7,
  kSoi = 0xD8,
  kEoi = 0xD9,
  kSos = 0xDA,
  kFirst = 0xC0,
  kFill = 0xFF,
};

bool is_alone(std::uint8_t marker) {
  return marker == kTem || (marker >= kRst0 && marker <= kRst7);
}

}  // namespace

std::optional<std::size_t> JpegEnd::find(std::string_view jpeg) {
  while (!ended_) {
    const bool goes_on =
        state_ == State::data ? pass_data(jpeg) : state_ == State::marker && pass_marker(jpeg);
    if (!goes_on) return std::nullopt;
  }
  return at_;
}

// Decoders pass over what stands between two segments and is no marker.
bool JpegEnd::pass_marker(std::string_view jpeg) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(jpeg[at]); };
  at_ = std::min(jpeg.find('\xFF', at_), jpeg.size());
  if (at_ + 2 > jpeg.size()) return false;
  const std::uint8_t marker = byte(at_ + 1);
  if (marker == kSoi) {
    state_ = State::broken;
    return false;
  }
  if (marker == kFill) {
    ++at_;
    return true;
  }
  if (marker == kEoi || marker < kFirst || is_alone(marker)) {
    at_ += 2;
    ended_ = marker == kEoi;
    return true;
  }
  if (at_ + 4 > jpeg.size()) return false;
  const std::size_t length = std::size_t{byte(at_ + 2)} << 8 | byte(at_ + 3);
  if (length < 2) {
    state_ = State::broken;
    return false;
  }
  if (at_ + 2 + length > jpeg.size()) return false;
  at_ += 2 + length;
  if (marker == kSos) state_ = State::data;
  return true;
}

// In coded data 0xFF is followed by 0, unless it begins a marker.
bool JpegEnd::pass_data(std::string_view jpeg) {
  for (;;) {
    const auto found = jpeg.find('\xFF', at_);
    at_ = found == std::string_view::npos ? jpeg.size() : found;
    if (at_ + 2 > jpeg.size()) return false;
    const auto next = static_cast<std::uint8_t>(jpeg[at_ + 1]);
    if (next == kFill) {
      ++at_;
    } else if (next == kStuffed || is_alone(next)) {
      at_ += 2;
    } else {
      state_ = State::marker;
      return true;
    }
  }
}

}  // namespace minidvr::capture
