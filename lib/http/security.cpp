#include "http/security.hpp"

#include "http/target.hpp"

namespace minidvr::http {
namespace {

constexpr std::string_view kHostPlace = "{host}";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

}  // namespace

HeaderLines security_headers(const SecurityPolicy& policy, std::string_view host) {
  const auto authority = parse_authority(host);
  const std::string name = authority ? authority->host : "localhost";
  return {
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "SAMEORIGIN"},
      // Not no-referrer: that makes browsers send "Origin: null" with our own forms.
      {"Referrer-Policy", "same-origin"},
      {"Content-Security-Policy", replaced(policy.content_security_policy, kHostPlace, name)},
  };
}

}  // namespace minidvr::http
