// How the controls get back to their defaults.
#pragma once

#include "controls/setting_plan.hpp"

#include <optional>
#include <string>

namespace minidvr::controls {

// All controls to their defaults, or those of one category. What an automatic holds and will hold
// afterwards is left alone, as are controls that are at their default: nothing of it would last,
// and the picture would flash. An automatic that releases others is set before them, one that takes
// them back after them. Those that can not be set now are `refused` in the plan. Fails with
// `refused` when there is no such category.
Result<Plan> plan_reset(const ControlList& controls, const std::optional<std::string>& category);

}  // namespace minidvr::controls
