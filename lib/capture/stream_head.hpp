// The head of a server's answer, as cameras send it: less than HTTP asks for.
#pragma once

#include "core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace minidvr::capture {

struct StreamHead {
  unsigned status = 0;
  std::string content_type;  // empty: none is told
  bool is_chunked = false;   // Transfer-Encoding
  // Bytes of a body that ends with them, by Content-Length. Streams write what they like there: it
  // is read where the type is no multipart one, chunks do not tell it, and it is more than 0.
  std::optional<std::uint64_t> length;
  bool is_ustreamer = false;  // by its cookie
  // Ways of WWW-Authenticate to say who one is.
  bool offers_basic = false;
  bool offers_digest = false;
};

// Where the head ends in what has come: behind its empty line, whose end may be a bare LF; empty
// lines before its first one are no end. nullopt: more is needed.
std::optional<std::size_t> end_of_head(std::string_view bytes);

// Takes a status line without a reason, or of a stream with another protocol's name (ICY 200),
// lines that end in LF alone, and leaves out what is no header line. malformed: it is no answer of
// HTTP.
Result<StreamHead> parse_stream_head(std::string_view head);

}  // namespace minidvr::capture
