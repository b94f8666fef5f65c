// Control values as they stand in the files of the state directory: {"brightness": 10, ...}.
#pragma once

#include "controls/setting_plan.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace minidvr::controls {

// Reads what it can. For each entry that is no control value one line is added to `problems`.
ValuesById values_from_json(const boost::json::object& object, std::string_view where,
                            std::vector<std::string>& problems);

boost::json::object to_json(const ValuesById& values);

// The root of a state file, which is an object that says {"version": 1}. When it is not, the reason
// goes to `problems` and the result is empty.
inline constexpr int kStateVersion = 1;
boost::json::object parse_state(std::string_view text, std::vector<std::string>& problems);

}  // namespace minidvr::controls
