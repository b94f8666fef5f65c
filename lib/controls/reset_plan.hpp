// How the controls get back to their defaults.
#pragma once

#include "controls/setting_plan.hpp"

#include <optional>
#include <string>

namespace minidvr::controls {

// All controls to their defaults, or those of one category. What an automatic holds is released
// first, then reset, and handed back by setting the automatic last. Controls that are at their
// default are left alone; those that can not be set now are `refused` in the plan. Fails with
// `refused` when there is no such category.
Result<Plan> plan_reset(const ControlList& controls, const std::optional<std::string>& category);

}  // namespace minidvr::controls
