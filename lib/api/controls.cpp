#include "api/controls.hpp"

#include "api/control_json.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace minidvr::api {
namespace json = boost::json;
namespace {

using controls::ControlOutcome;
using controls::ControlsService;

constexpr std::array<std::string_view, 2> kControlFields = {"value", "action"};
constexpr std::array<std::string_view, 1> kValuesFields = {"values"};
constexpr std::array<std::string_view, 1> kResetFields = {"category"};

Result<bool> wants_refresh(const http::Request& request) {
  const auto value = request.query_value("refresh");
  if (!value || *value == "0" || *value == "false") return false;
  if (*value == "1" || *value == "true") return true;
  return make_error(Errc::malformed, "refresh must be 1 or 0");
}

Task<Result<http::Response>> get_controls(ControlListings& listings, const http::Request& request) {
  const auto refresh = wants_refresh(request);
  if (!refresh) co_return refresh.error();
  auto listed = co_await listings.answer(*refresh);
  if (!listed) co_return listed.error();
  http::Response response;
  response.content_type = "application/json";
  response.body = std::move(*listed);
  co_return response;
}

Task<Result<http::Response>> set_control(ControlsService& service, const http::Request& request) {
  const auto body = http::read_json_object(request, kControlFields);
  if (!body) co_return body.error();
  auto asked = parse_control_request(*body);
  if (!asked) co_return asked.error();
  const auto control = co_await service.set(request.parameter("id"), std::move(*asked));
  if (!control) co_return control.error();
  json::object answer;
  answer["control"] = control_json(*control);
  co_return http::json_response(answer);
}

Task<Result<http::Response>> set_several(ControlsService& service, const http::Request& request) {
  const auto body = http::read_json_object(request, kValuesFields);
  if (!body) co_return body.error();
  auto values = parse_values_request(*body);
  if (!values) co_return values.error();
  const auto outcomes = co_await service.set_several(std::move(*values));
  if (!outcomes) co_return outcomes.error();
  co_return outcomes_response(*outcomes);
}

Task<Result<http::Response>> reset(ControlsService& service, const http::Request& request) {
  json::object fields;
  if (!request.body.empty()) {
    auto body = http::read_json_object(request, kResetFields);
    if (!body) co_return body.error();
    fields = std::move(*body);
  }
  auto category = parse_reset_request(fields);
  if (!category) co_return category.error();
  const auto outcomes = co_await service.reset(std::move(*category));
  if (!outcomes) co_return outcomes.error();
  co_return outcomes_response(*outcomes, false);
}

json::object outcome_json(const ControlOutcome& outcome) {
  json::object object;
  object["id"] = outcome.id;
  object["ok"] = !outcome.error;
  if (outcome.error) {
    object["status"] = static_cast<int>(outcome.error->code);
    object["code"] = name_of(reason_of(*outcome.error));
    object["detail"] = outcome.error->detail;
  }
  if (outcome.control) object["control"] = control_json(*outcome.control);
  return object;
}

}  // namespace

http::Response outcomes_response(const controls::ControlOutcomes& outcomes,
                                 bool lists_what_was_so) {
  json::object body;
  http::Status status = http::Status::ok;
  const bool nothing_done =
      !outcomes.empty() && std::all_of(outcomes.begin(), outcomes.end(),
                                       [](const ControlOutcome& o) { return o.error.has_value(); });
  if (nothing_done) {
    std::string detail;
    for (const ControlOutcome& outcome : outcomes) {
      if (outcome.held_back) continue;
      if (detail.empty()) {
        status = static_cast<http::Status>(outcome.error->code);
        body["code"] = name_of(reason_of(*outcome.error));
      }
      detail += fmt::format("{}{}", detail.empty() ? "" : "; ", outcome.error->detail);
    }
    body["detail"] = detail;
  }
  json::array list;
  for (const ControlOutcome& outcome : outcomes) {
    if (lists_what_was_so || !outcome.was_so) list.push_back(outcome_json(outcome));
  }
  body["outcomes"] = std::move(list);
  return http::json_response(body, status);
}

void add_controls(http::Router& router, ControlsService& service, ControlListings& listings) {
  router.get("/api/controls", http::Role::view,
             [&listings](const http::Request& request) { return get_controls(listings, request); });
  router.post("/api/controls", http::Role::control,
              [&service](const http::Request& request) { return set_several(service, request); });
  // Before {id}: no driver calls a control "reset".
  router.post("/api/controls/reset", http::Role::control,
              [&service](const http::Request& request) { return reset(service, request); });
  router.post("/api/controls/{id}", http::Role::control,
              [&service](const http::Request& request) { return set_control(service, request); });
}

}  // namespace minidvr::api
