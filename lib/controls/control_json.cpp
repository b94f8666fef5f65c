#include "controls/control_json.hpp"

#include <cmath>
#include <limits>

namespace minidvr::controls {
namespace json = boost::json;
namespace {

// Up to here every whole number has its own double; beyond, 3.0 might have been another number.
constexpr double kLargestExactDouble = 9007199254740992.0;  // 2^53

}  // namespace

json::value to_json(const ControlValue& value) {
  return std::visit([](const auto& v) -> json::value { return json::value(v); }, value);
}

json::object to_json(const Control& control) {
  json::object result;
  result["id"] = control.id;
  result["name"] = control.name;
  result["type"] = type_name(control.type);
  if (control.value) result["value"] = to_json(*control.value);
  if (control.default_value) result["default"] = to_json(*control.default_value);
  if (control.min) result["min"] = *control.min;
  if (control.max) result["max"] = *control.max;
  if (control.step) result["step"] = *control.step;
  result["category"] = control.category;
  json::array flags;
  for (const auto& flag : control.flags)
    flags.emplace_back(flag);
  result["flags"] = std::move(flags);
  if (is_menu(control)) {
    json::array options;
    for (const auto& option : control.options) {
      options.push_back(json::object{{"value", option.value}, {"label", option.label}});
    }
    result["options"] = std::move(options);
  }
  return result;
}

json::array to_json(const ControlList& controls) {
  json::array result;
  result.reserve(controls.size());
  for (const auto& control : controls)
    result.push_back(to_json(control));
  return result;
}

std::optional<ControlValue> value_from_json(const json::value& value) {
  if (const auto* truth = value.if_bool()) return *truth;
  if (const auto* text = value.if_string()) return std::string(*text);
  if (const auto* number = value.if_int64()) return *number;
  if (const auto* number = value.if_double()) {
    if (std::trunc(*number) == *number && std::abs(*number) <= kLargestExactDouble) {
      return static_cast<std::int64_t>(*number);
    }
  }
  return std::nullopt;  // uint64 is only used for numbers above every control's range
}

}  // namespace minidvr::controls
