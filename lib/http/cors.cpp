#include "http/cors.hpp"

namespace minidvr::http {
namespace {

// That mean something to us, and that a page may not send or read unasked.
constexpr const char* kSent = "Authorization, Content-Type, If-None-Match, If-Range, Range";
constexpr const char* kRead =
    "Accept-Ranges, Content-Disposition, Content-Range, ETag, Location, Retry-After, X-Recording, "
    "X-Timestamp";

// Seconds that a browser need not ask again: less than it takes to change a setting and wonder.
constexpr const char* kRemembered = "60";

bool is_listed(const Request& request, const AccessRules& rules) {
  return request.fields.count(Field::origin) == 1 &&
         page_origin(request, rules) == PageOrigin::listed;
}

}  // namespace

HeaderLines cors_headers(const Request& request, const AccessRules& rules) {
  if (rules.allowed_origins.empty()) return {};
  HeaderLines lines = {{"Vary", "Origin"}};
  if (!is_listed(request, rules)) return lines;
  lines.emplace_back("Access-Control-Allow-Origin", request.header(Field::origin));
  lines.emplace_back("Access-Control-Allow-Credentials", "true");
  lines.emplace_back("Access-Control-Expose-Headers", kRead);
  return lines;
}

HeaderLines preflight_headers(const Request& request, const AccessRules& rules,
                              const std::string& methods) {
  const bool asks = request.verb == Verb::options &&
                    request.fields.count(Field::access_control_request_method) > 0;
  if (!asks || !is_listed(request, rules)) return {};
  return {{"Access-Control-Allow-Methods", methods},
          {"Access-Control-Allow-Headers", kSent},
          {"Access-Control-Max-Age", kRemembered}};
}

}  // namespace minidvr::http
