// A control as the contract's JSON.
#pragma once

#include "controls/control.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace minidvr::controls {

// Fields that the control lacks are left out; `options` stands only in menus.
boost::json::object to_json(const Control& control);
boost::json::array to_json(const ControlList& controls);
boost::json::value to_json(const ControlValue& value);

// The value that `json` stands for, if it is of a kind that a control can have: a whole number,
// true, false or a text. A number such as 3.0 is whole. None for everything else.
std::optional<ControlValue> value_from_json(const boost::json::value& value);

}  // namespace minidvr::controls
