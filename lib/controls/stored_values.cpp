#include "controls/stored_values.hpp"

#include "controls/control_json.hpp"
#include "controls/reported_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace minidvr::controls {
namespace json = boost::json;
namespace {

void write(std::string& out, const json::value& value, std::size_t depth) {
  const std::string indent(2 * (depth + 1), ' ');
  const std::string closing_indent(2 * depth, ' ');
  bool first = true;
  const auto begin_entry = [&] {
    out += first ? "\n" : ",\n";
    out += indent;
    first = false;
  };
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (const auto& entry : *object) {
      begin_entry();
      out += json::serialize(json::value(entry.key())) + ": ";
      write(out, entry.value(), depth + 1);
    }
    out += '\n' + closing_indent + '}';
  } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (const auto& element : *array) {
      begin_entry();
      write(out, element, depth + 1);
    }
    out += '\n' + closing_indent + ']';
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

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

std::string readable_json(const json::value& value) {
  std::string text;
  write(text, value, 0);
  text += '\n';
  return text;
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
