// The camera's controls as the contract's JSON: what is told of them, and the bodies of requests
// taken apart. What those ask for is checked elsewhere.
#pragma once

#include "controls/control_value.hpp"
#include "core/error.hpp"

#include <optional>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace minidvr::api {

// Fields that the control lacks are left out; `options` stands only in menus.
boost::json::object control_json(const controls::Control& control);
boost::json::array controls_json(const controls::ControlList& controls);

// {"value": v}, or none for {"action": "default"}. A field that is null counts as not there, as the
// clients of the original Mini-DVR send both. malformed on neither and on both.
Result<std::optional<boost::json::value>> parse_control_request(const boost::json::object& body);

// {"values": {"auto_exposure": 1, ...}}: at least one and at most kMostRequestedValues.
inline constexpr std::size_t kMostRequestedValues = 256;  // no camera has so many
Result<controls::Values> parse_values_request(const boost::json::object& body);

// {"category": "User Controls"}; none when the field is not there.
Result<std::optional<std::string>> parse_reset_request(const boost::json::object& body);

}  // namespace minidvr::api
