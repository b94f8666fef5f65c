// Transfer-Encoding: chunked (RFC 9112, 7.1): bytes in, those of the body out.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace minidvr::capture {

// Takes pieces of any size. Chunk extensions and trailers are left out. No I/O.
class ChunkedBody {
 public:
  // Takes what it can from the front of `bytes`, and returns what of it belongs to the body, which
  // may be nothing: to be called until `bytes` is empty. malformed: it is no chunk. unavailable:
  // the body is over.
  Result<std::string_view> take(std::string_view& bytes);

 private:
  static constexpr std::size_t kLongestLine = 4096;

  enum class State { size, data, end_of_data };

  State state_ = State::size;
  std::string line_;
  std::uint64_t left_ = 0;  // bytes of this chunk
};

}  // namespace minidvr::capture
