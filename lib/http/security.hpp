// What browsers are told about our pages, with every response.
#pragma once

#include "http/message.hpp"

#include <string>
#include <vector>

namespace minidvr::http {

struct SecurityPolicy {
  std::string content_security_policy = "default-src 'self'";  // but for frame-ancestors
  // Whose pages may show ours in a frame: "self", or origins; none: nobody's.
  std::vector<std::string> frame_ancestors = {"self"};
};

// The headers that every response has.
HeaderLines security_headers(const SecurityPolicy& policy);

}  // namespace minidvr::http
