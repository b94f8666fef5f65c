#include "controls/control_request.hpp"

#include <fmt/format.h>

namespace minidvr::controls {
namespace json = boost::json;
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

Result<ControlRequest> parse_control_request(const json::object& body) {
  const json::value* value = field(body, "value");
  const json::value* action = field(body, "action");
  if ((value == nullptr) == (action == nullptr)) {
    return make_error(Errc::malformed, fmt::format("{}, and has {}", kControlBody,
                                                   value == nullptr ? "neither" : "both"));
  }
  if (value != nullptr) return ControlRequest{*value};
  if (!action->is_string() || action->get_string() != "default") {
    return make_error(Errc::malformed, R"(the only "action" is "default")");
  }
  return ControlRequest{};
}

Result<RequestedValues> parse_values_request(const json::object& body) {
  const json::value* values = field(body, "values");
  if (values == nullptr || !values->is_object() || values->get_object().empty()) {
    return make_error(Errc::malformed, fmt::format("{}, with at least one control", kValuesBody));
  }
  if (values->get_object().size() > kMostRequestedValues) {
    return make_error(Errc::malformed,
                      fmt::format("at most {} controls at once", kMostRequestedValues));
  }
  RequestedValues result;
  for (const auto& entry : values->get_object())
    result.emplace_back(entry.key(), entry.value());
  return result;
}

Result<std::optional<std::string>> parse_reset_request(const json::object& body) {
  const json::value* category = field(body, "category");
  if (category == nullptr) return std::optional<std::string>();
  if (!category->is_string()) return make_error(Errc::malformed, R"("category" must be a text)");
  return std::optional(std::string(category->get_string()));
}

}  // namespace minidvr::controls
