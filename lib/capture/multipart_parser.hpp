// multipart/x-mixed-replace, as cameras speak it: bytes in, parts out.
#pragma once

#include "capture/frame.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace minidvr::capture {

// One part of the stream: a frame, and what its headers say.
struct Part {
  Bytes body;
  std::optional<double> timestamp;  // X-Timestamp: seconds, of whatever clock the server uses
  std::optional<double> grab_time;  // X-UStreamer-Grab-(Begin-)Time: seconds, monotonic
  std::optional<bool> online;       // X-UStreamer-Online: false = this is a placeholder
  std::optional<unsigned> width;    // X-UStreamer-Width, pixels
  std::optional<unsigned> height;   // X-UStreamer-Height, pixels
};

// The boundary of a Content-Type (RFC 2046 5.1.1), without the leading dashes. malformed when it is
// no multipart type or names none.
Result<std::string> multipart_boundary(std::string_view content_type);

// Takes a stream as it comes, in pieces of any size. Parts may have a Content-Length or end at the
// next boundary; lines may end in LF. After an error the parser is of no use any more.
class MultipartParser {
 public:
  // An HTTP header of a part has some 500 bytes; a frame of an 8K camera some 10 MB.
  static constexpr std::size_t kMaxHeaderBytes = 16 * 1024;
  static constexpr std::size_t kMaxBodyBytes = 32 * 1024 * 1024;
  // A picture is about as large as those before.
  static constexpr std::size_t kRememberedLengths = 8;
  // Text before the first boundary.
  static constexpr std::size_t kMaxPreambleBytes = 64 * 1024;

  using Sink = std::function<void(Part&& part)>;

  MultipartParser(std::string boundary, Sink sink);

  // malformed: what is wrong with the stream.
  Result<> feed(std::string_view bytes);

  // The rest of a body whose length is known, to be written to without going through feed(). Empty
  // while something else comes next. Valid until the next call.
  std::span<std::uint8_t> body_space();

  // The first `count` bytes of body_space() have been written.
  void body_filled(std::size_t count);

  // So many bytes are worth waking for: the rest of a body whose length is known; between two such
  // bodies what brings the next `parts` of them (at least 1), judged by the smallest of the last
  // ones, but for a quarter of one that is there by the time it is read; else 1. The next part may
  // be smaller: look after a while, too.
  std::size_t worth_waking_for(std::size_t parts) const;

  // Whether a body comes next whose end is not known.
  bool in_open_body() const { return state_ == State::open_body; }

 private:
  enum class State { preamble, headers, sized_body, open_body };

  // Each takes what it can from the front of `bytes`.
  Result<> take_line(std::string_view& bytes);
  Result<> take_sized(std::string_view& bytes);
  Result<> take_open(std::string_view& bytes);
  Result<> on_line(std::string_view line);
  Result<> on_header(std::string_view name, std::string_view value);
  void begin_part();
  void finish_part();

  std::string delimiter_;  // "--boundary"
  Sink sink_;
  State state_ = State::preamble;
  std::string line_;
  std::size_t head_bytes_ = 0;
  std::optional<std::size_t> length_;
  std::size_t filled_ = 0;                // of a body whose length is known
  std::deque<std::size_t> last_lengths_;  // of bodies
  std::size_t searched_ = 0;              // of an open body: no boundary starts before this offset
  Part part_;
};

}  // namespace minidvr::capture
