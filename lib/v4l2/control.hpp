// One control of the camera, as v4l2-ctl reports it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace minidvr::v4l2 {

// `other`: arrays, areas and whatever a later kernel brings. They are shown and can not be set.
enum class ControlType {
  integer,
  integer64,
  boolean,
  menu,
  integer_menu,
  bitmask,
  button,
  string,
  other
};

// Numbers of every width, menu options and bitmasks are integers; a bitmask is never negative.
using ControlValue = std::variant<std::int64_t, bool, std::string>;

struct MenuOption {
  std::int64_t value = 0;
  std::string label;
  bool operator==(const MenuOption&) const = default;
};

struct Control {
  std::string id;    // v4l2-ctl's name, [A-Za-z0-9_]: exposure_time_absolute
  std::string name;  // for people, made of the id: Exposure Time Absolute
  ControlType type = ControlType::other;
  std::string listed_type;                    // as v4l2-ctl writes it: "int", "u32", "area"
  std::optional<ControlValue> value;          // none: it has none, or it can not be read
  std::optional<ControlValue> default_value;  // none for strings and buttons
  std::optional<std::int64_t> min;            // of a string: bytes
  std::optional<std::int64_t> max;            // of a string: bytes; of a bitmask: all its bits
  std::optional<std::int64_t> step;
  std::string category;  // the heading that it stands under
  std::vector<std::string> flags;
  std::vector<MenuOption> options;  // of menus, in the driver's order; the values may have gaps
  // Why it can not be set now, though it may be another time: the id of the control that decides
  // it, or one of the words below, which are no ids. Empty: it can, or never can.
  std::string inactive_because;
  std::optional<ControlValue> inactive_until;  // what that control has to be set to, where known
  // Why the camera can not even tell what the control is; nothing else is known then but id, name
  // and category, and it can not be set. Empty: it is well.
  std::string failure;
  bool operator==(const Control&) const = default;
};

inline constexpr const char* kAnotherControl = "another-control";  // nobody knows which
inline constexpr const char* kInUse = "in-use";  // by another program, or by the running stream
inline constexpr const char* kControlFailed = "control-failed";  // see `failure`

// All controls of a camera, in the driver's order. Ids are unique.
using ControlList = std::vector<Control>;

// The contract's name of the type: "int", "bool", ...
std::string_view type_name(ControlType type);

bool has_flag(const Control& control, std::string_view flag);

inline bool is_menu(const Control& control) {
  return control.type == ControlType::menu || control.type == ControlType::integer_menu;
}

// nullptr when there is none with exactly this id.
const Control* find_control(const ControlList& controls, std::string_view id);

// nullptr when the control has no such option.
const MenuOption* find_option(const Control& control, std::int64_t value);

// The value as a number: booleans are 0 and 1. None for texts and for no value.
std::optional<std::int64_t> as_number(const std::optional<ControlValue>& value);

// "3 (Aperture Priority Mode)", "true", "'abc'": for error details.
std::string describe_value(const Control& control, const ControlValue& value);

// Whether `text` can be an id that v4l2-ctl would print.
bool is_control_id(std::string_view text);

// What is different between two listings, for those who are told of changes only.
struct ListingChanges {
  ControlList changed;               // new ones and those with any field changed, as they are now
  std::vector<std::string> removed;  // ids that are gone
  bool empty() const { return changed.empty() && removed.empty(); }
};
ListingChanges changes_between(const ControlList& before, const ControlList& now);

}  // namespace minidvr::v4l2
