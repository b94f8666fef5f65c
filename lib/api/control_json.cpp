#include "api/control_json.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace minidvr::api {
namespace json = boost::json;
using controls::Control;
using controls::ControlList;
namespace {

constexpr std::string_view kControlBody =
    R"(the body must be {"value": ...} or {"action": "default"})";
constexpr std::string_view kValuesBody = R"(the body must be {"values": {"<control id>": ...}})";

// nullptr when it is not there or null.
const json::value* field(const json::object& body, std::string_view key) {
  const json::value* found = body.if_contains(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

}  // namespace

json::object control_json(const Control& control) {
  json::object result;
  result["id"] = control.id;
  result["name"] = control.name;
  result["type"] = type_name(control.type);
  if (control.value) result["value"] = controls::to_json(*control.value);
  if (control.default_value) result["default"] = controls::to_json(*control.default_value);
  if (control.min) result["min"] = *control.min;
  if (control.max) result["max"] = *control.max;
  if (control.step) result["step"] = *control.step;
  result["category"] = control.category;
  json::array flags;
  for (const auto& flag : control.flags)
    flags.emplace_back(flag);
  result["flags"] = std::move(flags);
  if (!control.inactive_because.empty()) result["inactive_because"] = control.inactive_because;
  if (!control.failure.empty()) result["failure"] = control.failure;
  if (control.inactive_until) result["inactive_until"] = controls::to_json(*control.inactive_until);
  if (is_menu(control)) {
    json::array options;
    for (const auto& option : control.options) {
      options.push_back(json::object{{"value", option.value}, {"label", option.label}});
    }
    result["options"] = std::move(options);
  }
  return result;
}

json::array controls_json(const ControlList& list) {
  json::array result;
  result.reserve(list.size());
  for (const auto& control : list)
    result.push_back(control_json(control));
  return result;
}

Result<std::optional<json::value>> parse_control_request(const json::object& body) {
  const json::value* value = field(body, "value");
  const json::value* action = field(body, "action");
  if ((value == nullptr) == (action == nullptr)) {
    return make_error(Errc::malformed, fmt::format("{}, and has {}", kControlBody,
                                                   value == nullptr ? "neither" : "both"));
  }
  if (value != nullptr) return std::optional(*value);
  if (!action->is_string() || action->get_string() != "default") {
    return make_error(Errc::malformed, R"(the only "action" is "default")");
  }
  return std::optional<json::value>();
}

Result<controls::Values> parse_values_request(const json::object& body) {
  const json::value* values = field(body, "values");
  if (values == nullptr || !values->is_object() || values->get_object().empty()) {
    return make_error(Errc::malformed, fmt::format("{}, with at least one control", kValuesBody));
  }
  if (values->get_object().size() > kMostRequestedValues) {
    return make_error(Errc::malformed,
                      fmt::format("at most {} controls at once", kMostRequestedValues));
  }
  return values->get_object();
}

Result<std::optional<std::string>> parse_reset_request(const json::object& body) {
  const json::value* category = field(body, "category");
  if (category == nullptr) return std::optional<std::string>();
  if (!category->is_string()) return make_error(Errc::malformed, R"("category" must be a text)");
  return std::optional(std::string(category->get_string()));
}

}  // namespace minidvr::api
