#include "api/presets.hpp"

#include "api/control_json.hpp"
#include "api/controls.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace minidvr::api {
namespace json = boost::json;
namespace {

using controls::ControlsService;

constexpr std::array<std::string_view, 1> kPresetFields = {"values"};

Task<Result<http::Response>> get_names(ControlsService& service) {
  json::array names;
  for (const auto& name : co_await service.presets().names())
    names.emplace_back(name);
  json::object body;
  body["presets"] = std::move(names);
  co_return http::json_response(body);
}

Task<Result<http::Response>> get_one(ControlsService& service, std::string name,
                                     http::Status status) {
  const auto values = co_await service.presets().get(name);
  if (!values) co_return values.error();
  json::object body;
  body["name"] = name;
  body["values"] = *values;
  co_return http::json_response(body, status);
}

Task<Result<http::Response>> put(ControlsService& service, const http::Request& request) {
  std::optional<controls::Values> values;
  if (!request.body.empty()) {
    const auto body = http::read_json_object(request, kPresetFields);
    if (!body) co_return body.error();
    auto parsed = parse_values_request(*body);
    if (!parsed) co_return parsed.error();
    values = std::move(*parsed);
  }
  const std::string& name = request.parameter("name");
  const auto saved = co_await service.save_preset(name, std::move(values));
  if (!saved) co_return saved.error();
  co_return co_await get_one(service, name, *saved ? http::Status::created : http::Status::ok);
}

Task<Result<http::Response>> remove(ControlsService& service, const http::Request& request) {
  const std::string& name = request.parameter("name");
  const auto removed = co_await service.presets().remove(name);
  if (!removed) co_return removed.error();
  json::object body;
  body["deleted"] = name;
  co_return http::json_response(body);
}

Task<Result<http::Response>> apply(ControlsService& service, const http::Request& request) {
  const auto outcomes = co_await service.apply_preset(request.parameter("name"));
  if (!outcomes) co_return outcomes.error();
  co_return outcomes_response(*outcomes);
}

}  // namespace

void add_presets(http::Router& router, ControlsService& service) {
  router.get("/api/presets", http::Role::view,
             [&service](const http::Request&) { return get_names(service); });
  router.get("/api/presets/{name}", http::Role::view, [&service](const http::Request& request) {
    return get_one(service, request.parameter("name"), http::Status::ok);
  });
  http::Handler put_handler = [&service](const http::Request& request) {
    return put(service, request);
  };
  http::Handler remove_handler = [&service](const http::Request& request) {
    return remove(service, request);
  };
  router.add(http::Verb::put, "/api/presets/{name}", http::Role::control, std::move(put_handler));
  router.add(http::Verb::delete_, "/api/presets/{name}", http::Role::control,
             std::move(remove_handler));
  router.post("/api/presets/{name}/apply", http::Role::control,
              [&service](const http::Request& request) { return apply(service, request); });
}

}  // namespace minidvr::api
