#include "api/health.hpp"

#include "api/status.hpp"

#include <array>
#include <string>
#include <utility>

#include <boost/json/object.hpp>

namespace minidvr::api {
namespace json = boost::json;

http::Response health_response(const dvr::Status& status) {
  const std::array<std::pair<const char*, const dvr::Check*>, 3> checks = {{
      {"preview", &status.preview_check},
      {"recorder", &status.recorder_check},
      {"disk", &status.disk_check},
  }};
  json::object checks_json;
  std::string failures;
  for (const auto& [name, check] : checks) {
    json::object check_json;
    check_json["ok"] = check->ok;
    check_json["detail"] = check->detail;
    checks_json[name] = std::move(check_json);
    if (check->ok) continue;
    if (!failures.empty()) failures += "; ";
    failures += std::string(name) + ": " + check->detail;
  }
  json::object body = status_json(status);
  body["status"] = failures.empty() ? "ok" : "failing";
  if (!failures.empty()) body["detail"] = failures;
  body["checks"] = std::move(checks_json);
  auto response = http::json_response(
      body, failures.empty() ? http::Status::ok : http::Status::service_unavailable);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

void add_health(http::Router& router, StatusSource status) {
  router.get("/health", http::Role::view,
             [status = std::move(status)](const http::Request&) -> Task<Result<http::Response>> {
               co_return health_response(status());
             });
}

}  // namespace minidvr::api
