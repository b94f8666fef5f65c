// Where a JPEG ends that says so itself (ITU-T T.81, annex B).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace minidvr::capture {

// Begins each JPEG: SOI, and the first byte of the next marker.
inline constexpr std::string_view kJpegBegin = "\xFF\xD8\xFF";
inline constexpr std::string_view kJpegEnd = "\xFF\xD9";

// Walks through a JPEG that grows at its end. Segments are passed by their length, so what looks
// like a marker within them, as that of a thumbnail, is none. No I/O.
class JpegEnd {
 public:
  // `jpeg`: all that has come of it; begins with kJpegBegin. Returns the offset behind its EOI.
  // nullopt: more is needed, or is_broken().
  std::optional<std::size_t> find(std::string_view jpeg);

  // What has come is no JPEG from here on: another one begins, or a segment has no length.
  bool is_broken() const { return state_ == State::broken; }
  // All before this offset has been looked at. When it is_broken(), that is where.
  std::size_t position() const { return at_; }

 private:
  enum class State { marker, data, broken };

  // Each returns false when it can not go on.
  bool pass_marker(std::string_view jpeg);
  bool pass_data(std::string_view jpeg);

  State state_ = State::marker;
  std::size_t at_ = 2;  // behind SOI
  bool ended_ = false;
};

}  // namespace minidvr::capture
