// What keeps other sites' pages away from ours.
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

// False for a request that a page of another site made: its Origin names another host than its Host
// header. Scripts send no Origin and may do all; the port is not looked at, so that a page on
// another port of this machine works.
bool is_from_our_pages(const Request& request);

}  // namespace minidvr::http
