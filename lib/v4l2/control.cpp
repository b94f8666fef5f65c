#include "v4l2/control.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace minidvr::v4l2 {
namespace {

constexpr std::array<std::string_view, 9> kTypeNames = {
    "int", "int64", "bool", "menu", "intmenu", "bitmask", "button", "string", "other"};

// The kernel's names have at most 31 characters, and v4l2-ctl never makes them longer.
constexpr std::size_t kLongestId = 64;

}  // namespace

std::string_view type_name(ControlType type) {
  return kTypeNames[static_cast<std::size_t>(type)];
}

bool has_flag(const Control& control, std::string_view flag) {
  return std::find(control.flags.begin(), control.flags.end(), flag) != control.flags.end();
}

const Control* find_control(const ControlList& controls, std::string_view id) {
  const auto found = std::find_if(controls.begin(), controls.end(),
                                  [&](const Control& control) { return control.id == id; });
  return found == controls.end() ? nullptr : &*found;
}

const MenuOption* find_option(const Control& control, std::int64_t value) {
  const auto found = std::find_if(control.options.begin(), control.options.end(),
                                  [&](const MenuOption& option) { return option.value == value; });
  return found == control.options.end() ? nullptr : &*found;
}

std::optional<std::int64_t> as_number(const std::optional<ControlValue>& value) {
  if (!value) return std::nullopt;
  if (const auto* number = std::get_if<std::int64_t>(&*value)) return *number;
  if (const auto* truth = std::get_if<bool>(&*value)) return *truth ? 1 : 0;
  return std::nullopt;
}

std::string describe_value(const Control& control, const ControlValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return fmt::format("'{}'", *text);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  const auto number = std::get<std::int64_t>(value);
  const MenuOption* option = find_option(control, number);
  return option == nullptr ? std::to_string(number) : fmt::format("{} ({})", number, option->label);
}

bool is_control_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestId &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

ListingChanges changes_between(const ControlList& before, const ControlList& now) {
  ListingChanges changes;
  for (const Control& control : now) {
    const Control* old = find_control(before, control.id);
    if (old == nullptr || *old != control) changes.changed.push_back(control);
  }
  for (const Control& control : before) {
    if (find_control(now, control.id) == nullptr) changes.removed.push_back(control.id);
  }
  return changes;
}

}  // namespace minidvr::v4l2
