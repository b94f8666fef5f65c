#include "controls/control_value.hpp"

#include "controls/control_json.hpp"
#include "controls/reported_text.hpp"
#include "core/json_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::controls {
namespace json = boost::json;
namespace {

// Enough to recognise one's own value in an error, and never a megabyte of it.
constexpr std::size_t kLongestQuote = 60;

std::string quote(std::string_view text) {
  const std::string shown = display_text(text, kLongestQuote);
  return shown.size() < text.size() ? shown + "..." : shown;
}

std::string show(const ControlValue& value) {
  return quote(json_text(to_json(value)));
}

std::string show(const json::value& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  return quote(json_text(value));
}

Error refusal(const Control& control, std::string_view shown, std::string_view reason = {}) {
  return make_error(Errc::refused,
                    fmt::format("{} can not be {}{}{}; allowed: {}", control.id, shown,
                                reason.empty() ? "" : ": ", reason, allowed_values(control)));
}

// max - min and value - min may not fit the signed type, but always fit the unsigned one.
bool on_step(std::int64_t value, std::int64_t min, std::int64_t step) {
  if (step <= 1) return true;
  const auto distance = static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(min);
  return distance % static_cast<std::uint64_t>(step) == 0;
}

std::string_view number_problem(const Control& control, std::int64_t value, Origin origin) {
  if (value < *control.min || value > *control.max) return "it is out of range";
  if (origin == Origin::client && !on_step(value, *control.min, *control.step)) {
    return "it is between two steps";
  }
  return {};
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

std::string steps(const Control& control) {
  return *control.step > 1 ? fmt::format(" in steps of {}", *control.step) : std::string();
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

std::string all_options(const Control& control) {
  std::string text;
  for (const auto& option : control.options) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", option.value, option.label);
  }
  return text.empty() ? "nothing, the menu is empty" : text;
}

}  // namespace

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

Setting::Setting(const Control& control, ControlValue value)
    : id_(control.id),
      value_(std::move(value)),
      argument_(id_ + '=' + to_argument(control, value_)) {}

Result<Setting> check_value(const Control& control, const ControlValue& value, Origin origin) {
  const auto pass = [&](ControlValue checked) { return Setting(control, std::move(checked)); };
  const auto* number = std::get_if<std::int64_t>(&value);
  const auto* truth = std::get_if<bool>(&value);
  const auto* text = std::get_if<std::string>(&value);

  switch (control.type) {
    case ControlType::boolean:
      if (truth != nullptr) return pass(*truth);
      if (number != nullptr && (*number == 0 || *number == 1)) return pass(*number == 1);
      return refusal(control, show(value));
    case ControlType::button:
      if ((truth != nullptr && *truth) || (number != nullptr && *number == 1)) {
        return pass(std::int64_t{1});
      }
      return refusal(control, show(value));
    case ControlType::string: {
      if (text == nullptr) return refusal(control, show(value), "it is no text");
      const auto problem = text_problem(control, *text, origin);
      if (!problem.empty()) return refusal(control, show(value), problem);
      return pass(*text);
    }
    case ControlType::integer:
    case ControlType::integer64: {
      if (number == nullptr) return refusal(control, show(value), "it is no number");
      const auto problem = number_problem(control, *number, origin);
      if (!problem.empty()) return refusal(control, show(value), problem);
      return pass(*number);
    }
    case ControlType::menu:
    case ControlType::integer_menu:
      if (number == nullptr) return refusal(control, show(value), "it is no number");
      if (find_option(control, *number) == nullptr) {
        return refusal(control, show(value), "it is no option");
      }
      return pass(*number);
    case ControlType::bitmask:
      if (number == nullptr) return refusal(control, show(value), "it is no number");
      if (*number < 0 || (*number & ~*control.max) != 0) {
        return refusal(control, show(value), "it has other bits");
      }
      return pass(*number);
    case ControlType::other:
      break;
  }
  return refusal(control, show(value));
}

Result<Setting> check_value(const Control& control, const json::value& value) {
  if (const auto plain = value_from_json(value)) {
    return check_value(control, *plain, Origin::client);
  }
  return refusal(control, show(value),
                 value.is_number() ? "it is no whole number or too large" : "");
}

Result<Setting> check_default(const Control& control) {
  if (!control.default_value || control.type == ControlType::other) {
    return make_error(Errc::refused, fmt::format("{} has no default; allowed: {}", control.id,
                                                 allowed_values(control)));
  }
  return check_value(control, *control.default_value, Origin::device);
}

}  // namespace minidvr::controls
