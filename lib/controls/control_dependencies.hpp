// Which automatic owns which control: while auto_exposure is on, exposure_time_absolute is
// inactive. Drivers mark the owned control inactive, but none says who owns it, so the pairs are
// known here.
#pragma once

#include "controls/control.hpp"

#include <optional>
#include <string>

namespace minidvr::controls {

struct Owner {
  const Control* automatic = nullptr;   // never null
  std::optional<ControlValue> release;  // what to set it to so that the owned control can be set
};

// The automatic of this camera that owns `control`, whatever it is set to. None when there is none
// or it is not known. Points into `controls`.
std::optional<Owner> owner_of(const ControlList& controls, const Control& control);

// Whether the owned control can be set while its automatic has `value`.
bool releases(const Owner& owner, const Control& owned, const ControlValue& value);

// Whether the control, which must be one of `controls`, can own others of this camera.
bool is_automatic(const ControlList& controls, const Control& control);

// Why the control can not be set now and what to do about it, for error details; none when it can.
std::optional<std::string> why_not_settable(const ControlList& controls, const Control& control);

}  // namespace minidvr::controls
