#include "controls/remembered.hpp"

#include "controls/control_names.hpp"
#include "controls/stored_values.hpp"
#include "core/json_text.hpp"

#include <fmt/format.h>

namespace minidvr::controls {
namespace json = boost::json;
namespace {

// The text field of a camera's entry; none when it is missing, no text or empty.
std::optional<std::string> text_field(const json::object& entry, std::string_view key) {
  const json::value* value = entry.if_contains(key);
  if (value == nullptr || !value->is_string() || value->get_string().empty()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<CameraIdentity> identity_of(const json::object& entry) {
  auto driver = text_field(entry, "driver");
  auto card = text_field(entry, "card");
  auto bus = text_field(entry, "bus");
  if (!driver || !card || !bus) return std::nullopt;
  return CameraIdentity{std::move(*driver), std::move(*card), std::move(*bus)};
}

}  // namespace

void remember(ValuesById& wanted, const Control& control, const ControlValue& value) {
  if (control.type == ControlType::button) return;
  forget(wanted, control.id);
  wanted.insert_or_assign(control.id, value);
}

void forget(ValuesById& wanted, std::string_view id) {
  std::erase_if(wanted, [&](const auto& entry) { return is_same_control(entry.first, id); });
}

ParsedRemembered parse_remembered(std::string_view text) {
  ParsedRemembered parsed;
  const json::object root = parse_state(text, parsed.problems);
  if (!parsed.problems.empty()) return parsed;
  const json::value* cameras = root.if_contains("cameras");
  if (cameras == nullptr || !cameras->is_array()) {
    parsed.problems.emplace_back(R"(it has no list "cameras")");
    return parsed;
  }
  for (const json::value& element : cameras->get_array()) {
    const json::object* entry = element.if_object();
    auto identity = entry == nullptr ? std::nullopt : identity_of(*entry);
    const json::value* values = entry == nullptr ? nullptr : entry->if_contains("values");
    if (!identity || values == nullptr || !values->is_object()) {
      parsed.problems.emplace_back("an entry lacks driver, card, bus or values");
    } else if (parsed.cameras.size() == kMostRememberedCameras) {
      parsed.problems.push_back(
          fmt::format("there are more than {} cameras", kMostRememberedCameras));
      break;
    } else {
      const std::string where = fmt::format("camera '{}'", identity->card);
      parsed.cameras.insert_or_assign(
          std::move(*identity), values_from_json(values->get_object(), where, parsed.problems));
    }
  }
  return parsed;
}

std::string serialize(const Remembered& cameras) {
  json::array entries;
  for (const auto& [identity, values] : cameras) {
    entries.push_back(json::object{{"driver", identity.driver},
                                   {"card", identity.card},
                                   {"bus", identity.bus},
                                   {"values", to_json(values)}});
  }
  return readable_json_text(
      json::object{{"version", kStateVersion}, {"cameras", std::move(entries)}});
}

}  // namespace minidvr::controls
