// What browsers are told about our pages, with every response.
#pragma once

#include "http/message.hpp"

#include <string>

namespace minidvr::http {

struct SecurityPolicy {
  // Sent with every response; {host} stands for the host name that the request was sent to, for
  // what is served on another port of this machine.
  std::string content_security_policy = "default-src 'self'";
};

// The headers that every response has. `host`: the request's Host header; may be empty or nonsense.
HeaderLines security_headers(const SecurityPolicy& policy, std::string_view host);

}  // namespace minidvr::http
