#include "controls/stored_values.hpp"

#include "controls/control_names.hpp"
#include "core/json_text.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace minidvr::controls {
namespace json = boost::json;
namespace {

constexpr std::size_t kLongestShownName = 80;  // bytes of a name that somebody made up
constexpr int kStateVersion = 1;
constexpr std::int64_t kHighestOrder = std::int64_t{1} << 53;  // as JSON may be read elsewhere

bool is_letter_or_digit(char c) {
  // Bytes of 0x80 and above are part of letters beyond ASCII, once the text is known to be UTF-8.
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_name_character(char c) {
  return is_letter_or_digit(c) || c == ' ' || c == '.' || c == '_' || c == '-';
}

// The member `key` of a file's root, which is an object that says {"version": 1}; null, with the
// reason in `problems`, when there is none of that kind.
json::value member_of_state(std::string_view text, std::string_view key, json::kind kind,
                            std::vector<std::string>& problems) {
  boost::system::error_code ec;
  json::value root = json::parse(text, ec);
  json::object* object = ec ? nullptr : root.if_object();
  const json::value* version = object == nullptr ? nullptr : object->if_contains("version");
  json::value* member = object == nullptr ? nullptr : object->if_contains(key);
  if (ec) {
    problems.push_back(fmt::format("it is no JSON: {}", ec.message()));
  } else if (version == nullptr || *version != json::value(kStateVersion)) {
    problems.push_back(fmt::format("its version is not {}", kStateVersion));
  } else if (member == nullptr || member->kind() != kind) {
    problems.push_back(
        fmt::format("it has no {} \"{}\"", std::string_view(json::to_string(kind)), key));
  } else {
    return std::move(*member);
  }
  return nullptr;
}

Values& values_of(Values& entry) {
  return entry;
}
Values& values_of(CameraValues& entry) {
  return entry.values;
}

// Takes what can be read of an entry's "values". `what`: of the key, for problems.
template <class Content>
void take_values(Parsed<Content>& parsed, typename Content::key_type key, const json::value& entry,
                 std::size_t most, std::string_view what) {
  const json::object* object = entry.if_object();
  const json::value* member = object == nullptr ? nullptr : object->if_contains("values");
  if (member == nullptr || !member->is_object()) {
    parsed.problems.push_back(fmt::format("{} has no values", what));
  } else if (parsed.content.size() == most && !parsed.content.contains(key)) {
    parsed.problems.push_back(fmt::format("{} is one more than {}", what, most));
  } else {
    Values& values = values_of(parsed.content[std::move(key)]);
    for (const auto& [id, written] : member->get_object()) {
      const auto value = value_from_json(written);
      if (is_control_id(id) && value) {
        values[id] = to_json(*value);
      } else {
        parsed.problems.push_back(fmt::format("{}: '{}' is no control with a value", what,
                                              display_text(id, kLongestShownName)));
      }
    }
  }
}

std::optional<CameraIdentity> identity_of(const json::value& entry) {
  CameraIdentity identity;
  for (const auto& [key, field] :
       {std::pair("driver", &identity.driver), {"card", &identity.card}, {"bus", &identity.bus}}) {
    const json::object* object = entry.if_object();
    const json::value* value = object == nullptr ? nullptr : object->if_contains(key);
    if (value == nullptr || !value->is_string() || value->get_string().empty()) return std::nullopt;
    *field = value->get_string();
  }
  return identity;
}

std::int64_t order_of(const json::value& entry) {
  const json::value* order = entry.get_object().if_contains("order");
  const auto* number = order == nullptr ? nullptr : order->if_int64();
  return number != nullptr && *number > 0 && *number <= kHighestOrder ? *number : 0;
}

bool is_same_model(const CameraIdentity& one, const CameraIdentity& other) {
  return one.driver == other.driver && one.card == other.card;
}

void add_older_values(Values& values, Values& stored) {
  for (auto& [id, value] : stored)
    values.emplace(id, std::move(value));
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
                  display_text(name, kLongestShownName), kLongestPresetName));
}

Result<Values> check_preset_values(const ControlList& controls, const Values& values) {
  Values checked;
  for (const auto& [id, requested] : values) {
    const auto value = value_from_json(requested);
    if (!is_control_id(id) || !value) {
      return make_error(Errc::refused,
                        fmt::format("'{}' is no control with a value; allowed: an id as in the "
                                    "listing, with a whole number, true, false or a text",
                                    display_text(id, kLongestShownName)));
    }
    const Control* control = find_control_by_any_name(controls, id);
    if (control != nullptr && control->failure.empty()) {
      const auto possible = check_value(*control, requested, Origin::client);
      if (!possible) return possible.error();
    }
    checked[id] = to_json(*value);
  }
  return checked;
}

void remember(Values& wanted, std::string_view id, json::value value) {
  forget(wanted, id);
  wanted[id] = std::move(value);
}

void forget(Values& wanted, std::string_view id) {
  for (auto entry = wanted.begin(); entry != wanted.end();) {
    entry = is_same_control(entry->key(), id) ? wanted.stable_erase(entry) : std::next(entry);
  }
}

const CameraValues* find_same_model(const Remembered& cameras, const CameraIdentity& camera) {
  if (cameras.contains(camera)) return nullptr;
  const CameraValues* last = nullptr;
  bool is_known = true;  // that it is the last
  for (const auto& [other, entry] : cameras) {
    if (!is_same_model(other, camera)) continue;
    if (last != nullptr && entry.order < last->order) continue;
    const bool is_later = last == nullptr || entry.order > last->order;
    is_known = is_later || (is_known && entry.values == last->values);
    last = &entry;
  }
  return is_known ? last : nullptr;
}

bool knows_same_model(const Remembered& cameras, const CameraIdentity& camera) {
  return std::any_of(cameras.begin(), cameras.end(), [&](const auto& entry) {
    return entry.first != camera && is_same_model(entry.first, camera);
  });
}

std::int64_t next_order(const Remembered& cameras) {
  std::int64_t highest = 0;
  for (const auto& [camera, entry] : cameras)
    highest = std::max(highest, entry.order);
  return highest + 1;
}

void add_older(Presets& content, Presets stored) {
  for (auto& [name, values] : stored)
    add_older_values(content[name], values);
}

void add_older(Remembered& content, Remembered stored) {
  const auto highest = next_order(stored) - 1;
  for (auto& [camera, entry] : content)
    entry.order += highest;
  for (auto& [camera, entry] : stored) {
    const auto [known, is_new] = content.try_emplace(camera, CameraValues{{}, entry.order});
    add_older_values(known->second.values, entry.values);
  }
}

Parsed<Presets> parse_presets(std::string_view text) {
  Parsed<Presets> parsed;
  const json::value presets = member_of_state(text, "presets", json::kind::object, parsed.problems);
  if (presets.is_null()) return parsed;
  for (const auto& [name, entry] : presets.get_object()) {
    if (const auto checked = check_preset_name(name); !checked) {
      parsed.problems.push_back(checked.error().detail);
    } else {
      take_values(parsed, std::string(name), entry, kMostPresets,
                  fmt::format("preset '{}'", std::string_view(name)));
    }
  }
  return parsed;
}

Parsed<Remembered> parse_remembered(std::string_view text) {
  Parsed<Remembered> parsed;
  const json::value cameras = member_of_state(text, "cameras", json::kind::array, parsed.problems);
  if (cameras.is_null()) return parsed;
  for (const json::value& entry : cameras.get_array()) {
    if (const auto identity = identity_of(entry)) {
      const auto what = fmt::format("camera '{}'", identity->card);
      take_values(parsed, *identity, entry, kMostRememberedCameras, what);
      const auto taken = parsed.content.find(*identity);
      if (taken != parsed.content.end()) taken->second.order = order_of(entry);
    } else {
      parsed.problems.emplace_back("an entry lacks driver, card or bus");
    }
  }
  return parsed;
}

std::string serialize(const Presets& presets) {
  json::object by_name;
  for (const auto& [name, values] : presets)
    by_name[name] = json::object{{"values", values}};
  return readable_json_text(json::object{{"version", kStateVersion}, {"presets", by_name}});
}

std::string serialize(const Remembered& cameras) {
  json::array entries;
  for (const auto& [identity, remembered] : cameras) {
    entries.push_back(json::object{{"driver", identity.driver},
                                   {"card", identity.card},
                                   {"bus", identity.bus},
                                   {"order", remembered.order},
                                   {"values", remembered.values}});
  }
  return readable_json_text(json::object{{"version", kStateVersion}, {"cameras", entries}});
}

}  // namespace minidvr::controls
