#include "http/security.hpp"

namespace minidvr::http {
namespace {

std::string frame_ancestors(const std::vector<std::string>& listed) {
  if (listed.empty()) return " 'none'";
  std::string text;
  for (const auto& who : listed)
    text += who == "self" ? " 'self'" : " " + who;
  return text;
}

}  // namespace

HeaderLines security_headers(const SecurityPolicy& policy) {
  HeaderLines lines = {
      {"X-Content-Type-Options", "nosniff"},
      // Not no-referrer: that makes browsers send "Origin: null" with our own forms.
      {"Referrer-Policy", "same-origin"},
      {"Content-Security-Policy", policy.content_security_policy + "; frame-ancestors" +
                                      frame_ancestors(policy.frame_ancestors)},
  };
  // For browsers that do not know frame-ancestors; it can not name an origin.
  if (policy.frame_ancestors.empty()) {
    lines.emplace_back("X-Frame-Options", "DENY");
  } else if (policy.frame_ancestors == std::vector<std::string>{"self"}) {
    lines.emplace_back("X-Frame-Options", "SAMEORIGIN");
  }
  return lines;
}

}  // namespace minidvr::http
