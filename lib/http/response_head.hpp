// The first lines of a response, as they go over the wire.
#pragma once

#include "http/message.hpp"

#include <optional>
#include <string>

namespace minidvr::http {

struct HeadOptions {
  bool keep_alive = false;
  // nullopt: the response ends with the connection.
  std::optional<std::uint64_t> content_length;
};

// Status line and headers. `always`: headers that every response has.
std::string response_head(const Response& response, const HeaderLines& always,
                          const HeadOptions& options);

}  // namespace minidvr::http
