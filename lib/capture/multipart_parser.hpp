// multipart/x-mixed-replace, as cameras speak it: bytes in, parts out.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::capture {

// One part of the stream: a frame, and what its headers say.
struct Part {
  std::vector<std::uint8_t> body;
  std::optional<double> timestamp;  // X-Timestamp: seconds, of whatever clock the server uses
  std::optional<double> grab_time;  // X-UStreamer-Grab-Time: seconds, monotonic
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
  // Text before the first boundary.
  static constexpr std::size_t kMaxPreambleBytes = 64 * 1024;

  using Sink = std::function<void(Part&& part)>;

  MultipartParser(std::string boundary, Sink sink);

  // malformed: what is wrong with the stream.
  Result<> feed(std::string_view bytes);

  // Bytes until something can happen: the rest of a body whose length is known, else 1.
  std::size_t wanted() const {
    return state_ == State::sized_body ? *length_ - part_.body.size() : 1;
  }

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
  std::size_t searched_ = 0;  // of an open body: no boundary starts before this offset
  Part part_;
};

}  // namespace minidvr::capture
