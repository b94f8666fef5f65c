// Which values are written and in which order, when several are wanted together.
#pragma once

#include "controls/control_value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::controls {

struct Plan {
  // To be carried out one after the other. Only if needed: what is so by the listing of the plan.
  std::vector<Write> writes;
  ControlOutcomes refused;  // in the order of the request; each with its error
};

// One control: not_found, wrong_state, refused or the write. No `value`: the control's default.
Result<Write> plan_one(const ControlList& controls, std::string_view id,
                       const std::optional<boost::json::value>& value);

// A client's batch. What is so when it is its turn is left out then. Automatics come first, so a
// control that is inactive now passes when the same batch switches its automatic off. When anything
// is refused, nothing may be carried out; but what the camera fails at (Reason::control_failed)
// costs itself alone.
Plan plan_batch(const ControlList& controls, const Values& values);

// The values of a preset or of the last run: they find their controls by old and new names, what
// can be set is set, and the rest is refused with not_found (the camera no longer has it),
// wrong_state or refused.
Plan plan_stored(const ControlList& controls, const Values& stored);

// What of that is a state, and not a movement that would be made again.
Values lasting_values(const ControlList& controls, Values stored);

// All controls to their defaults, or those of one category. What an automatic holds and will hold
// afterwards is left alone, and controls that are at their default are only written if needed:
// nothing of it would last, and the picture would flash. An automatic that takes others back is
// written after them. Fails with `refused` when there is no such category.
Result<Plan> plan_reset(const ControlList& controls, const std::optional<std::string>& category);

// The values that a preset of now keeps: of all controls that can be set and read now.
Values current_values(const ControlList& controls);

}  // namespace minidvr::controls
