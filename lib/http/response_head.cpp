#include "http/response_head.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

namespace minidvr::http {
namespace {

// A value with a line break would begin a header of somebody else's choosing.
void check(std::string_view value) {
  const bool clean = std::none_of(value.begin(), value.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\t') || c == 0x7f;
  });
  if (!clean) throw std::logic_error("a response header has a control character");
}

bool may_have_length(Status status) {
  return status != Status::no_content && status != Status::not_modified;
}

}  // namespace

std::string response_head(const Response& response, const HeaderLines& always,
                          const HeadOptions& options) {
  std::string text;
  const auto out = std::back_inserter(text);
  const auto reason = std::string_view(boost::beast::http::obsolete_reason(response.status));
  fmt::format_to(out, "HTTP/1.1 {} {}\r\n", static_cast<unsigned>(response.status), reason);
  fmt::format_to(out, "Connection: {}\r\n", options.keep_alive ? "keep-alive" : "close");
  if (options.content_length && may_have_length(response.status)) {
    fmt::format_to(out, "Content-Length: {}\r\n", *options.content_length);
  }
  if (!response.content_type.empty()) {
    fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
  }
  for (const auto* lines : {&response.headers, &always}) {
    for (const auto& [name, value] : *lines) {
      check(value);
      fmt::format_to(out, "{}: {}\r\n", name, value);
    }
  }
  text += "\r\n";
  return text;
}

}  // namespace minidvr::http
