#include "controls/presets.hpp"

#include "controls/control_json.hpp"
#include "controls/control_names.hpp"
#include "controls/reported_text.hpp"
#include "controls/stored_values.hpp"
#include "core/json_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::controls {
namespace json = boost::json;
namespace {

bool is_letter_or_digit(char c) {
  // Bytes of 0x80 and above are part of letters beyond ASCII, once the text is known to be UTF-8.
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_name_character(char c) {
  return is_letter_or_digit(c) || c == ' ' || c == '.' || c == '_' || c == '-';
}

}  // namespace

Result<> check_preset_name(std::string_view name) {
  const bool fine = !name.empty() && name.size() <= kLongestPresetName &&
                    is_letter_or_digit(name.front()) && name.back() != ' ' &&
                    std::all_of(name.begin(), name.end(), is_name_character) && is_utf8(name);
  if (fine) return {};
  return make_error(
      Errc::refused,
      fmt::format("'{}' is no name for a preset; allowed: 1 to {} bytes of letters, digits, blanks "
                  "and . _ -, with a letter or digit first and no blank last",
                  display_text(name, kLongestShown), kLongestPresetName));
}

Result<ValuesById> check_preset_values(const ControlList& controls, const RequestedValues& values) {
  ValuesById result;
  for (const auto& [id, requested] : values) {
    const auto value = value_from_json(requested);
    if (!is_control_id(id) || !value) {
      return make_error(Errc::refused,
                        fmt::format("'{}' is no control with a value; allowed: an id as in the "
                                    "listing, with a whole number, true, false or a text",
                                    display_text(id, kLongestShown)));
    }
    if (const Control* control = find_control_by_any_name(controls, id)) {
      const auto checked = check_value(*control, *value, Origin::client);
      if (!checked) return checked.error();
    }
    result.emplace(id, *value);
  }
  return result;
}

ParsedPresets parse_presets(std::string_view text) {
  ParsedPresets parsed;
  const json::object root = parse_state(text, parsed.problems);
  if (!parsed.problems.empty()) return parsed;
  const json::value* presets = root.if_contains("presets");
  if (presets == nullptr || !presets->is_object()) {
    parsed.problems.emplace_back(R"(it has no object "presets")");
    return parsed;
  }
  for (const auto& entry : presets->get_object()) {
    const std::string_view name = entry.key();
    const json::object* preset = entry.value().if_object();
    const json::value* values = preset == nullptr ? nullptr : preset->if_contains("values");
    if (const auto checked = check_preset_name(name); !checked) {
      parsed.problems.push_back(checked.error().detail);
    } else if (values == nullptr || !values->is_object()) {
      parsed.problems.push_back(fmt::format("preset '{}' has no values", name));
    } else if (parsed.presets.size() == kMostPresets) {
      parsed.problems.push_back(fmt::format("there are more than {} presets", kMostPresets));
      break;
    } else {
      parsed.presets.emplace(
          name, values_from_json(values->get_object(), fmt::format("preset '{}'", name),
                                 parsed.problems));
    }
  }
  return parsed;
}

std::string serialize(const Presets& presets) {
  json::object by_name;
  for (const auto& [name, values] : presets) {
    by_name[name] = json::object{{"values", to_json(values)}};
  }
  return readable_json_text(
      json::object{{"version", kStateVersion}, {"presets", std::move(by_name)}});
}

}  // namespace minidvr::controls
