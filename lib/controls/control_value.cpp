#include "controls/control_value.hpp"

#include "core/json_text.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace minidvr::controls {
namespace json = boost::json;
namespace {

// Up to here every whole number has its own double; beyond, 3.0 might have been another number.
constexpr double kLargestExactDouble = 9007199254740992.0;  // 2^53
// Enough to recognise one's own value in an error, and never a megabyte of it.
constexpr std::size_t kLongestQuote = 60;

std::string show(const json::value& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  const std::string text = json_text(value);
  const std::string shown = display_text(text, kLongestQuote);
  return shown.size() < text.size() ? shown + "..." : shown;
}

std::string steps(const Control& control) {
  return *control.step > 1 ? fmt::format(" in steps of {}", *control.step) : std::string();
}

std::string all_options(const Control& control) {
  std::string text;
  for (const auto& option : control.options) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", option.value, option.label);
  }
  return text.empty() ? "nothing, the menu is empty" : text;
}

// "a whole number from -64 to 64", for error details.
std::string allowed_values(const Control& control) {
  switch (control.type) {
    case ControlType::integer:
    case ControlType::integer64:
      return fmt::format("a whole number from {} to {}{}", *control.min, *control.max,
                         steps(control));
    case ControlType::boolean:
      return "true or false, also as 1 or 0";
    case ControlType::menu:
    case ControlType::integer_menu:
      return all_options(control);
    case ControlType::bitmask:
      return fmt::format("a whole number made of the bits {0:#x}, at most {0}", *control.max);
    case ControlType::button:
      return "true or 1, which presses the button";
    case ControlType::string:
      return fmt::format("a text of {} to {} bytes{} without commas and control characters",
                         *control.min, *control.max, steps(control));
    case ControlType::other:
      break;
  }
  return fmt::format("nothing, controls of the type {} can not be set here", control.listed_type);
}

// max - min and value - min may not fit the signed type, but always fit the unsigned one.
bool on_step(std::int64_t value, std::int64_t min, std::int64_t step) {
  if (step <= 1) return true;
  const auto distance = static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(min);
  return distance % static_cast<std::uint64_t>(step) == 0;
}

std::string_view text_problem(const Control& control, const std::string& text, Origin origin) {
  const auto length = static_cast<std::int64_t>(text.size());
  if (length < *control.min) return "it is too short";
  if (length > *control.max) return "it is too long";
  if (origin == Origin::client && !on_step(length, *control.min, *control.step)) {
    return "its length is between two steps";
  }
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) return "it has control characters";
  // v4l2-ctl takes a comma as the end of the value and reads what follows as another control; it
  // knows no way to quote one.
  if (text.find(',') != std::string::npos) return "v4l2-ctl can not pass on a comma";
  return {};
}

std::string_view number_problem(const Control& control, std::int64_t value, Origin origin) {
  if (is_menu(control)) return find_option(control, value) == nullptr ? "it is no option" : "";
  if (control.type == ControlType::bitmask) {
    return value < 0 || (value & ~*control.max) != 0 ? "it has other bits" : "";
  }
  if (value < *control.min || value > *control.max) return "it is out of range";
  if (origin == Origin::client && !on_step(value, *control.min, *control.step)) {
    return "it is between two steps";
  }
  return {};
}

// The value as one of the control's type, or what is wrong with it; both are empty when that goes
// without saying.
struct Fitted {
  std::optional<ControlValue> value;
  std::string_view problem;
};

Fitted fit(const Control& control, const ControlValue& value, Origin origin) {
  const auto number = as_number(value);  // of true and false, too
  const auto* text = std::get_if<std::string>(&value);
  switch (control.type) {
    case ControlType::boolean:
      return number == 0 || number == 1 ? Fitted{number == 1, {}} : Fitted{};
    case ControlType::button:
      return number == 1 ? Fitted{std::int64_t{1}, {}} : Fitted{};
    case ControlType::other:
      return {};
    case ControlType::string:
      return text == nullptr ? Fitted{{}, "it is no text"}
                             : Fitted{*text, text_problem(control, *text, origin)};
    default:
      return !number || std::holds_alternative<bool>(value)
                 ? Fitted{{}, "it is no number"}
                 : Fitted{*number, number_problem(control, *number, origin)};
  }
}

std::string to_argument(const Control& control, const ControlValue& value) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "1" : "0";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const auto number = std::get<std::int64_t>(value);
  // v4l2-ctl reads a bitmask with strtol, which on a 32-bit system ends at 2^31. Written as a
  // signed number the same bits arrive everywhere.
  return control.type == ControlType::bitmask ? std::to_string(static_cast<std::int32_t>(number))
                                              : std::to_string(number);
}

}  // namespace

json::value to_json(const ControlValue& value) {
  return std::visit([](const auto& v) -> json::value { return json::value(v); }, value);
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

Write::Write(const Control& control, ControlValue value)
    : id_(control.id),
      value_(std::move(value)),
      argument_(id_ + '=' + to_argument(control, value_)) {}

Result<Write> check_value(const Control& control, const json::value& value, Origin origin) {
  if (!control.failure.empty()) {
    return make_error(
        Errc::refused,
        fmt::format("the camera fails to tell the value of {}: {}", control.id, control.failure),
        Reason::control_failed);
  }
  const auto plain = value_from_json(value);
  auto fitted = fit(control, plain.value_or(std::string()), origin);
  if (plain && fitted.value && fitted.problem.empty()) {
    return Write(control, std::move(*fitted.value));
  }
  if (!plain) fitted.problem = value.is_number() ? "it is no whole number or too large" : "";
  return make_error(Errc::refused, fmt::format("{} can not be {}{}{}; allowed: {}", control.id,
                                               show(value), fitted.problem.empty() ? "" : ": ",
                                               fitted.problem, allowed_values(control)));
}

bool keeps_its_value(const Control& control) {
  return control.type != ControlType::button && !has_flag(control, "write-only") &&
         !has_flag(control, "execute-on-write");
}

bool is_so(const Control& control, const Write& write) {
  return keeps_its_value(control) && control.failure.empty() && !has_flag(control, "inactive") &&
         !has_flag(control, "volatile") && control.value == write.value();
}

Result<Write> check_default(const Control& control) {
  if (control.failure.empty() && (!control.default_value || control.type == ControlType::other)) {
    return make_error(Errc::refused, fmt::format("{} has no default; allowed: {}", control.id,
                                                 allowed_values(control)));
  }
  return check_value(control, to_json(control.default_value.value_or(false)), Origin::device);
}

}  // namespace minidvr::controls
