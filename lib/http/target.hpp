// What a request asks for: the request target, taken apart and decoded.
#pragma once

#include "core/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minidvr::http {

struct Target {
  std::string path;  // decoded, begins with '/'; "*" for the asterisk form
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::string authority;  // of the absolute form, as written; empty in the others
};

// Origin form (/a?b=c), absolute form (http://host/a?b=c) and *. malformed on anything else, on a
// broken percent sequence, on control characters, on bytes that are no UTF-8, on encoded slashes,
// and on dot segments: nothing that could mean two things gets past here.
Result<Target> parse_target(std::string_view text);

// From the page at `path` to "/", for a browser that may see `path` below another one: "./", "../",
// and so on.
std::string way_to_root(std::string_view path);

struct Authority {
  std::string host;  // as written; an IPv6 address keeps its brackets
  std::string port;  // empty when there is none
};

// HOST or HOST:PORT, with HOST made of letters, digits, '.', '-', '_', or an IPv6 address in
// brackets, with or without a %zone, so that it may be repeated in a header. malformed otherwise.
Result<Authority> parse_authority(std::string_view text);

}  // namespace minidvr::http
