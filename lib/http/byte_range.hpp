// Which part of something a client asks for (RFC 9110, 14).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace minidvr::http {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;  // 1 at least
  bool operator==(const ByteRange&) const = default;
};
struct Whole {
  bool operator==(const Whole&) const = default;
};
struct Unsatisfiable {
  bool operator==(const Unsatisfiable&) const = default;
};

// Of `size` bytes. What is no range of bytes, or is more than one, is ignored, as it may be: then
// it is all of it. `range`: the header Range, empty when there is none. `if_range`: If-Range; the
// range counts only while that is the strong `etag`.
std::variant<Whole, ByteRange, Unsatisfiable> requested_range(std::string_view range,
                                                              std::string_view if_range,
                                                              std::string_view etag,
                                                              std::uint64_t size);

}  // namespace minidvr::http
