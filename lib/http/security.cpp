#include "http/security.hpp"

#include "http/target.hpp"

#include <boost/beast/core/string.hpp>

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

bool is_from_our_pages(const Request& request) {
  std::string_view origin = request.header(Field::origin);
  if (request.fields.count(Field::origin) == 0) return true;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!boost::beast::iequals(origin.substr(0, scheme.size()), scheme)) continue;
    const auto from = parse_authority(origin.substr(scheme.size()));
    const auto to = parse_authority(request.header(Field::host));
    return from && to && boost::beast::iequals(from->host, to->host);
  }
  return false;
}

}  // namespace minidvr::http
