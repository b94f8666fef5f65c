#include "http/file_response.hpp"

#include "http/byte_range.hpp"
#include "http/validators.hpp"

#include <fmt/format.h>

namespace minidvr::http {

Response file_response(const Request& request, BlockingPool& pool, ServedFile file) {
  Response response;
  response.headers = {{"Accept-Ranges", "bytes"}, {"Cache-Control", "no-cache"}};
  if (!file.etag.empty()) response.headers.emplace_back("ETag", file.etag);
  if (!file.etag.empty() && has_version(request.header(Field::if_none_match), file.etag)) {
    response.status = Status::not_modified;
    return response;
  }
  // Ranges are GET's alone (RFC 9110, 14.2).
  const auto range_asked_for = request.verb == Verb::get ? request.header(Field::range) : "";
  const auto asked =
      requested_range(range_asked_for, request.header(Field::if_range), file.etag, file.bytes);
  if (std::holds_alternative<Unsatisfiable>(asked)) {
    Response refused = error_response(
        Status::range_not_satisfiable,
        fmt::format("the range lies behind the end; there are {} bytes", file.bytes));
    refused.headers.emplace_back("Content-Range", fmt::format("bytes */{}", file.bytes));
    return refused;
  }
  ByteRange range{0, file.bytes};
  if (const auto* part = std::get_if<ByteRange>(&asked)) {
    range = *part;
    response.status = Status::partial_content;
    response.headers.emplace_back(
        "Content-Range",
        fmt::format("bytes {}-{}/{}", range.first, range.first + range.length - 1, file.bytes));
  }
  if (!file.download_name.empty()) {
    response.headers.emplace_back("Content-Disposition",
                                  fmt::format("attachment; filename=\"{}\"", file.download_name));
  }
  response.content_type = std::move(file.content_type);
  response.file = FileBody{std::move(file.file), range, &pool};
  return response;
}

}  // namespace minidvr::http
