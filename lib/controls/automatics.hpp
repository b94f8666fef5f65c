// Which automatic holds which control: while auto_exposure is on, exposure_time_absolute is
// inactive. Drivers mark the held control inactive, but none says who holds it, so the pairs are
// known here.
#pragma once

#include "controls/control_value.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace minidvr::controls {

struct Owner {
  const Control* automatic = nullptr;     // never null
  std::span<const std::int64_t> by_hand;  // the owned control can be set while it has one of these

  bool releases_at(const std::optional<ControlValue>& value) const;
  // What to set it to so that the owned control can be set; none when it offers nothing such.
  std::optional<ControlValue> release() const;
};

// The automatic of this camera that owns `control`, whatever it is set to. None when there is none
// or it is not known. Points into `controls`.
std::optional<Owner> owner_of(const ControlList& controls, const Control& control);

// Whether the control, which must be one of `controls`, can own others of this camera.
bool is_automatic(const ControlList& controls, const Control& control);

// Fills in `inactive_because` and `inactive_until` of all.
void tell_owners(ControlList& controls);

// Why the control can not be set now and what to do about it, for error details; none when it can.
std::optional<std::string> why_not_settable(const ControlList& controls, const Control& control);

}  // namespace minidvr::controls
