// What browsers are told about our pages, with every response.
#pragma once

#include "http/message.hpp"

#include <string>

namespace minidvr::http {

struct SecurityPolicy {
  std::string content_security_policy = "default-src 'self'";
};

// The headers that every response has.
HeaderLines security_headers(const SecurityPolicy& policy);

}  // namespace minidvr::http
