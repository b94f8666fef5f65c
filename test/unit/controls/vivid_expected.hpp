// What the listing of the vivid device says, read by a person, field by field.
#pragma once

#include "controls/control_value.hpp"

namespace minidvr::controls {

ControlList vivid_expected();

}  // namespace minidvr::controls
