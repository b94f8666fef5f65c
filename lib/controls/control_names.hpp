// The names that one control had in different kernels. Linux 5.16 renamed many of them, so a preset
// saved before an upgrade has to find its controls after it, and the other way round.
#pragma once

#include "controls/control_value.hpp"

#include <string_view>

namespace minidvr::controls {

// Whether both are names of one control. A name is the same as itself.
bool is_same_control(std::string_view id, std::string_view other_id);

// The control with this id, or else with another name of it. nullptr when the camera has none.
const Control* find_control_by_any_name(const ControlList& controls, std::string_view id);

}  // namespace minidvr::controls
