// The request bodies of the controls' resources, taken apart. What they ask for is checked
// elsewhere.
#pragma once

#include "core/error.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace minidvr::controls {

struct ControlRequest {
  std::optional<boost::json::value> value;  // none: the control's default is asked for
};

// {"value": v} or {"action": "default"}. A field that is null counts as not there, as the clients
// of the original Mini-DVR send both. malformed on neither and on both.
Result<ControlRequest> parse_control_request(const boost::json::object& body);

// Id and value, in the order of the request.
using RequestedValues = std::vector<std::pair<std::string, boost::json::value>>;

// {"values": {"auto_exposure": 1, ...}}: at least one and at most kMostRequestedValues.
inline constexpr std::size_t kMostRequestedValues = 256;  // no camera has so many
Result<RequestedValues> parse_values_request(const boost::json::object& body);

// {"category": "User Controls"}; none when the field is not there.
Result<std::optional<std::string>> parse_reset_request(const boost::json::object& body);

}  // namespace minidvr::controls
