// Named sets of control values, and the file that holds them. No I/O here.
#pragma once

#include "controls/setting_plan.hpp"
#include "core/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::controls {

using Presets = std::map<std::string, ValuesById, std::less<>>;

inline constexpr std::size_t kMostPresets = 100;       // a list that a person can still read
inline constexpr std::size_t kLongestPresetName = 64;  // bytes

// refused unless `name` is 1 to 64 bytes of letters, digits, blanks and . _ - , and begins with a
// letter or digit and does not end with a blank. Letters of all scripts are letters.
Result<> check_preset_name(std::string_view name);

// The values of a preset that a client made up: ids well formed, values of a kind that controls
// have, and what the camera has now must be possible on it. What it does not have may belong to
// another camera.
Result<ValuesById> check_preset_values(const ControlList& controls, const RequestedValues& values);

// What was in a file: all that could be read, and what could not. With problems the file must be
// set aside before it is written again.
struct ParsedPresets {
  Presets presets;
  std::vector<std::string> problems;
};
ParsedPresets parse_presets(std::string_view text);

std::string serialize(const Presets& presets);

}  // namespace minidvr::controls
