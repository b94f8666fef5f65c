// Which settings reach the device and in which order, when several are asked for together.
#pragma once

#include "controls/control.hpp"
#include "controls/control_request.hpp"
#include "controls/control_value.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::controls {

struct Refusal {
  std::string id;  // as it was asked for
  Error error;
};

struct Plan {
  std::vector<Setting> settings;       // to be carried out one after the other
  std::vector<Refusal> refused;        // in the order of the request
  std::vector<std::string> unchanged;  // have the wanted value already
};

// One control: not_found, wrong_state, refused or the setting. `request` as of the contract.
Result<Setting> plan_one(const ControlList& controls, std::string_view id,
                         const ControlRequest& request);

// A client's batch. Automatics come first, so a control that is inactive now passes when the same
// batch switches its automatic off. When anything is refused, nothing may be carried out.
Plan plan_batch(const ControlList& controls, const RequestedValues& values);

// The values of a preset or of the last run: they find their controls by old and new names, what
// can be set is set, and the rest is refused with not_found (the camera no longer has it),
// wrong_state or refused.
using ValuesById = std::map<std::string, ControlValue, std::less<>>;
Plan plan_wanted(const ControlList& controls, const ValuesById& wanted);

// The values that a preset of now keeps: of all controls that can be set and read now.
ValuesById current_values(const ControlList& controls);

// Whether the control has a value that a preset can keep and a reset can undo, now or when it is
// active.
bool can_be_kept(const Control& control);

}  // namespace minidvr::controls
