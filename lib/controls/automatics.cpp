#include "controls/automatics.hpp"

#include "controls/control_names.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace minidvr::controls {
namespace {

// enum v4l2_exposure_auto_type
constexpr std::int64_t kManual = 1;
constexpr std::int64_t kShutterPriority = 2;   // time by hand, iris automatic
constexpr std::int64_t kAperturePriority = 3;  // iris by hand, time automatic

constexpr std::array kOff = {std::int64_t{0}};
constexpr std::array kTimeByHand = {kManual, kShutterPriority};
constexpr std::array kIrisByHand = {kManual, kAperturePriority};

enum class Holds { always, for_some_drivers };

// The first of `by_hand` that the automatic offers is what one sets it to.
struct Rule {
  std::string_view owned;
  std::string_view automatic;
  std::span<const std::int64_t> by_hand;
  Holds holds = Holds::always;
};

// Names since Linux 5.16; older ones are found through control_names.
constexpr std::array<Rule, 24> kRules = {{
    {"exposure_time_absolute", "auto_exposure", kTimeByHand},
    {"exposure", "auto_exposure", kTimeByHand},
    {"iris_absolute", "auto_exposure", kIrisByHand},
    {"focus_absolute", "focus_automatic_continuous", kOff},
    {"white_balance_temperature", "white_balance_automatic", kOff},
    {"red_balance", "white_balance_automatic", kOff},
    {"blue_balance", "white_balance_automatic", kOff},
    {"do_white_balance", "white_balance_automatic", kOff},
    {"hue", "hue_automatic", kOff},
    {"gain", "gain_automatic", kOff},
    {"analogue_gain", "gain_automatic", kOff},
    {"brightness", "brightness_automatic", kOff},
    {"contrast", "contrast_automatic", kOff},
    {"chroma_gain", "chroma_agc", kOff},
    // enum v4l2_iso_sensitivity_auto_type and v4l2_auto_n_preset_white_balance: 0 is manual.
    {"iso_sensitivity", "iso_sensitivity_auto", kOff},
    {"red_balance", "white_balance_auto_preset", kOff},
    {"blue_balance", "white_balance_auto_preset", kOff},
    {"red_balance", "white_balance_auto_n_preset", kOff},
    {"blue_balance", "white_balance_auto_n_preset", kOff},
    {"red_balance", "auto_n_preset_white_balance", kOff},
    {"blue_balance", "auto_n_preset_white_balance", kOff},
    // bcm2835-v4l2 and some sensors couple the gain to the exposure.
    {"gain", "auto_exposure", kTimeByHand, Holds::for_some_drivers},
    {"analogue_gain", "auto_exposure", kTimeByHand, Holds::for_some_drivers},
    {"iso_sensitivity", "auto_exposure", kTimeByHand, Holds::for_some_drivers},
}};

bool contains(std::span<const std::int64_t> values, std::int64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// The flags tell whether a rule holds for this camera: the control is inactive exactly while the
// automatic does not release it. Where a rule holds for some drivers only, an active control proves
// nothing.
bool fits_flags(const Rule& rule, const Control& owned, const Control& automatic) {
  const bool inactive = has_flag(owned, "inactive");
  if (rule.holds == Holds::for_some_drivers && !inactive) return false;
  const auto now = as_number(automatic.value);
  return !now || contains(rule.by_hand, *now) != inactive;
}

// A control that is not in the table: by the way kernels form such names.
const Control* automatic_by_name(const ControlList& controls, const Control& control) {
  std::string_view stem = control.id;
  if (stem.ends_with("_absolute")) stem.remove_suffix(std::string_view("_absolute").size());
  const std::array names = {fmt::format("{}_automatic", stem), fmt::format("{}_auto", stem),
                            fmt::format("auto_{}", stem), fmt::format("automatic_{}", stem),
                            fmt::format("{}_automatic_continuous", stem)};
  for (const auto& name : names) {
    const Control* found = find_control(controls, name);
    if (found != nullptr && found->type == ControlType::boolean) return found;
  }
  return nullptr;
}

}  // namespace

bool Owner::releases_at(const std::optional<ControlValue>& value) const {
  const auto number = as_number(value);
  return number && contains(by_hand, *number);
}

std::optional<ControlValue> Owner::release() const {
  if (automatic->type == ControlType::boolean) return ControlValue(false);
  for (const auto value : by_hand) {
    if (find_option(*automatic, value) != nullptr) return ControlValue(value);
  }
  return std::nullopt;
}

std::optional<Owner> owner_of(const ControlList& controls, const Control& control) {
  for (const Rule& rule : kRules) {
    if (!is_same_control(rule.owned, control.id)) continue;
    const Control* automatic = find_control_by_any_name(controls, rule.automatic);
    if (automatic != nullptr && fits_flags(rule, control, *automatic)) {
      return Owner{automatic, rule.by_hand};
    }
  }
  const Control* automatic = automatic_by_name(controls, control);
  return automatic == nullptr ? std::nullopt : std::optional(Owner{automatic, kOff});
}

bool is_automatic(const ControlList& controls, const Control& control) {
  const bool in_table = std::any_of(kRules.begin(), kRules.end(), [&](const Rule& rule) {
    return is_same_control(rule.automatic, control.id) &&
           find_control_by_any_name(controls, rule.owned) != nullptr;
  });
  return in_table || std::any_of(controls.begin(), controls.end(), [&](const Control& other) {
           return automatic_by_name(controls, other) == &control;
         });
}

void tell_owners(ControlList& controls) {
  for (Control& control : controls) {
    if (has_flag(control, "grabbed")) control.inactive_because = kInUse;
    if (!has_flag(control, "inactive")) continue;
    const auto owner = owner_of(controls, control);
    control.inactive_because = owner ? owner->automatic->id : kAnotherControl;
    if (owner) control.inactive_until = owner->release();
  }
}

std::optional<std::string> why_not_settable(const ControlList& controls, const Control& control) {
  if (has_flag(control, "read-only")) {
    return fmt::format("{} is read-only", control.id);
  }
  if (has_flag(control, "disabled")) {
    return fmt::format("{} is disabled by the driver", control.id);
  }
  if (has_flag(control, "grabbed")) {
    return fmt::format("{} is in use by another program or by the running stream", control.id);
  }
  if (!has_flag(control, "inactive")) return std::nullopt;
  const auto owner = owner_of(controls, control);
  if (!owner || !owner->automatic->value) {
    return fmt::format("{} is inactive: another control overrides it", control.id);
  }
  std::string text = fmt::format("{} is inactive while {} is {}", control.id, owner->automatic->id,
                                 describe_value(*owner->automatic, *owner->automatic->value));
  if (const auto release = owner->release()) {
    text += fmt::format("; set {} to {} first", owner->automatic->id,
                        describe_value(*owner->automatic, *release));
  }
  return text;
}

}  // namespace minidvr::controls
