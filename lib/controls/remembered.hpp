// What the user set on each camera, to be set again whenever the camera forgot it; and the file
// that holds it. No I/O here.
#pragma once

#include "controls/camera_identity.hpp"
#include "controls/setting_plan.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::controls {

using Remembered = std::map<CameraIdentity, ValuesById>;

// A user has a few cameras; the bound only keeps a broken setup from growing the file for ever.
inline constexpr std::size_t kMostRememberedCameras = 100;

// Notes that `id` is wanted to be `value`. Another kernel's name of the same control is replaced.
// Buttons are not remembered: pressing one again is not restoring it.
void remember(ValuesById& wanted, const Control& control, const ControlValue& value);

// The control was reset: the user no longer wants a value of his own.
void forget(ValuesById& wanted, std::string_view id);

// What was in a file: all that could be read, and what could not. With problems the file must be
// set aside before it is written again.
struct ParsedRemembered {
  Remembered cameras;
  std::vector<std::string> problems;
};
ParsedRemembered parse_remembered(std::string_view text);

std::string serialize(const Remembered& cameras);

}  // namespace minidvr::controls
