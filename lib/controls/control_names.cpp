#include "controls/control_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace minidvr::controls {
namespace {

// One number for all names of one control. Left: the name since Linux 5.16; then those before it
// (uvcvideo) and those that other drivers use for the same V4L2 control.
using Names = std::array<std::string_view, 4>;
constexpr std::array<Names, 11> kFamilies = {{
    {"auto_exposure", "exposure_auto"},
    {"exposure_time_absolute", "exposure_absolute"},
    {"exposure_dynamic_framerate", "exposure_auto_priority"},
    {"focus_automatic_continuous", "focus_auto", "auto_focus"},
    {"white_balance_automatic", "white_balance_temperature_auto", "white_balance_component_auto",
     "auto_white_balance"},
    {"hue_automatic", "hue_auto", "auto_hue"},
    {"gain_automatic", "gain_auto", "autogain", "auto_gain"},
    {"brightness_automatic", "brightness_auto", "autobrightness", "auto_brightness"},
    {"contrast_automatic", "contrast_auto", "auto_contrast"},
    {"red_balance", "white_balance_red_component"},
    {"blue_balance", "white_balance_blue_component"},
}};

const Names* family_of(std::string_view id) {
  if (id.empty()) return nullptr;  // the unused places of a family are empty
  const auto found = std::find_if(kFamilies.begin(), kFamilies.end(), [&](const Names& names) {
    return std::find(names.begin(), names.end(), id) != names.end();
  });
  return found == kFamilies.end() ? nullptr : &*found;
}

}  // namespace

bool is_same_control(std::string_view id, std::string_view other_id) {
  if (id == other_id) return true;
  const Names* family = family_of(id);
  return family != nullptr && family == family_of(other_id);
}

const Control* find_control_by_any_name(const ControlList& controls, std::string_view id) {
  if (const Control* exact = find_control(controls, id)) return exact;
  const auto found = std::find_if(controls.begin(), controls.end(), [&](const Control& control) {
    return is_same_control(control.id, id);
  });
  return found == controls.end() ? nullptr : &*found;
}

}  // namespace minidvr::controls
