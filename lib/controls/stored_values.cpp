#include "controls/stored_values.hpp"

#include "controls/control_json.hpp"
#include "controls/reported_text.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace minidvr::controls {
namespace json = boost::json;
ValuesById values_from_json(const json::object& object, std::string_view where,
                            std::vector<std::string>& problems) {
  ValuesById values;
  for (const auto& entry : object) {
    auto value = value_from_json(entry.value());
    if (is_control_id(entry.key()) && value) {
      values.emplace(entry.key(), std::move(*value));
    } else {
      problems.push_back(fmt::format("{}: '{}' is no control with a value", where,
                                     display_text(entry.key(), kLongestShown)));
    }
  }
  return values;
}

json::object to_json(const ValuesById& values) {
  json::object object;
  for (const auto& [id, value] : values)
    object[id] = to_json(value);
  return object;
}

json::object parse_state(std::string_view text, std::vector<std::string>& problems) {
  boost::system::error_code ec;
  json::value root = json::parse(text, ec);
  if (ec) {
    problems.push_back(fmt::format("it is no JSON: {}", ec.message()));
    return {};
  }
  if (!root.is_object()) {
    problems.emplace_back("it is no JSON object");
    return {};
  }
  const json::value* version = root.get_object().if_contains("version");
  if (version == nullptr || *version != json::value(kStateVersion)) {
    problems.push_back(fmt::format("its version is not {}", kStateVersion));
    return {};
  }
  return std::move(root.get_object());
}

}  // namespace minidvr::controls
