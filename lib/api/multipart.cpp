#include "api/multipart.hpp"

#include "api/snapshot.hpp"

#include <fmt/format.h>

namespace minidvr::api::multipart {

std::string part_head(std::size_t bytes, WallTime captured, std::string_view recording) {
  auto head = fmt::format("Content-Type: image/jpeg\r\nContent-Length: {}\r\nX-Timestamp: {}\r\n",
                          bytes, timestamp_text(captured));
  if (!recording.empty()) head += fmt::format("X-Recording: {}\r\n", recording);
  return head += "\r\n";
}

}  // namespace minidvr::api::multipart
