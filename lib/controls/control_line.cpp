#include "controls/control_line.hpp"

#include "controls/reported_text.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace minidvr::controls {
namespace {

constexpr std::string_view kBlanks = " \t";
// The kernel's labels have 31 characters and its strings some dozen; more is a broken driver.
constexpr std::size_t kLongestLabel = 256;
constexpr std::size_t kLongestString = 4096;
constexpr std::size_t kMostFlags = 32;  // there are 32 bits of them

constexpr std::array<std::pair<std::string_view, ControlType>, 8> kListedTypes = {{
    {"int", ControlType::integer},
    {"int64", ControlType::integer64},
    {"bool", ControlType::boolean},
    {"menu", ControlType::menu},
    {"intmenu", ControlType::integer_menu},
    {"bitmask", ControlType::bitmask},
    {"button", ControlType::button},
    {"str", ControlType::string},
}};

// Takes the text up to the next blank off the front.
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (text.starts_with("0x")) {
    std::uint64_t bits = 0;
    const auto [end, ec] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return static_cast<std::int64_t>(bits);
  }
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A bitmask has 32 bits. v4l2-ctl 1.22 prints its value as a signed number, but its maximum and
// default in hexadecimal; here all three are what the bits say.
std::int64_t unsigned_bits(std::int64_t number) {
  return static_cast<std::int64_t>(static_cast<std::uint32_t>(number));
}

// "inactive, volatile, 0x00000800". Empty when it is anything else.
std::vector<std::string> parse_flags(std::string_view text) {
  std::vector<std::string> flags;
  while (true) {
    const auto comma = text.find(',');
    const std::string_view flag = trim(text.substr(0, comma), kBlanks);
    const bool plain = !flag.empty() && std::all_of(flag.begin(), flag.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!plain || flags.size() == kMostFlags) return {};
    flags.emplace_back(flag);
    if (comma == std::string_view::npos) return flags;
    text.remove_prefix(comma + 1);
  }
}

// What stands behind the colon, taken apart but not yet understood.
struct Fields {
  std::string_view min, max, step, default_value, dims;
  std::optional<std::string_view> value;
  std::vector<std::string> flags;
};

Fields split_fields(std::string_view text) {
  constexpr std::string_view kFlags = " flags=";
  constexpr std::string_view kValue = " value=";
  Fields fields;
  text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
  // From the right: a string value or a label may itself hold the word, but what follows it there
  // holds a quote or a parenthesis and so is no list of flags.
  if (const auto at = text.rfind(kFlags); at != std::string_view::npos) {
    fields.flags = parse_flags(text.substr(at + kFlags.size()));
    if (!fields.flags.empty()) text = text.substr(0, at);
  }
  if (const auto at = text.find(kValue); at != std::string_view::npos) {
    fields.value = text.substr(at + kValue.size());
    text = text.substr(0, at);
  }
  const std::array<std::pair<std::string_view, std::string_view*>, 5> known = {{
      {"min=", &fields.min},
      {"max=", &fields.max},
      {"step=", &fields.step},
      {"default=", &fields.default_value},
      {"dims=", &fields.dims},
  }};
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
    for (const auto& [prefix, field] : known) {
      if (word.starts_with(prefix)) *field = word.substr(prefix.size());
    }
  }
  return fields;
}

std::optional<ControlValue> parse_value(ControlType type, std::string_view text) {
  if (type == ControlType::string) {
    const bool quoted = text.size() >= 2 && text.front() == '\'' && text.back() == '\'';
    if (!quoted || text.size() > kLongestString) return std::nullopt;
    return repaired_utf8(unescape(text.substr(1, text.size() - 2)));
  }
  if (type == ControlType::other) {
    if (text.empty() || text.starts_with("unsupported")) return std::nullopt;
    return display_text(text, kLongestLabel);
  }
  // Behind the number of a menu's option stands its label, "3 (Menu Item 3)".
  const bool labelled = type == ControlType::menu || type == ControlType::integer_menu;
  const auto number = parse_integer(labelled ? text.substr(0, text.find(' ')) : text);
  if (!number) return std::nullopt;
  if (type == ControlType::boolean) return *number != 0;
  if (type == ControlType::bitmask) return unsigned_bits(*number);
  return *number;
}

bool is_number_type(ControlType type) {
  return type == ControlType::integer || type == ControlType::integer64;
}

// Whether the listing tells what a value may be. If not, nobody can check one.
bool can_be_checked(ControlType type, const Control& control, const Fields& fields) {
  if (!fields.dims.empty()) return false;
  if (is_number_type(type) || type == ControlType::string) {
    return control.min && control.max && control.step;
  }
  return type != ControlType::bitmask || control.max.has_value();
}

void fill(Control& control, ControlType type, Fields fields) {
  const auto number = [](std::string_view text) {
    return text.empty() ? std::nullopt : parse_integer(text);
  };
  control.flags = std::move(fields.flags);
  control.min = number(fields.min);
  control.max = number(fields.max);
  control.step = number(fields.step);
  control.type = can_be_checked(type, control, fields) ? type : ControlType::other;
  if (control.type == ControlType::bitmask) control.max = unsigned_bits(*control.max);
  if (control.type == ControlType::button) return;
  if (!fields.default_value.empty()) {
    if (control.type == ControlType::other) {
      // An array's default is that of each element.
      if (const auto parsed = number(fields.default_value)) control.default_value = *parsed;
    } else {
      control.default_value = parse_value(control.type, fields.default_value);
    }
  }
  // What v4l2-ctl prints for a control that can not be read is made up.
  if (fields.value && !has_flag(control, "write-only")) {
    control.value = parse_value(control.type, *fields.value);
  }
}

std::string name_of(std::string_view id) {
  std::string name(id);
  bool first = true;
  for (char& c : name) {
    if (c == '_') {
      c = ' ';
      first = true;
    } else {
      if (first && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      first = false;
    }
  }
  return name;
}

}  // namespace

std::optional<Control> parse_control_line(std::string_view line) {
  const std::string_view id = take_word(line);
  const std::string_view number = take_word(line);
  if (!is_control_id(id) || !number.starts_with("0x") || !parse_integer(number)) {
    return std::nullopt;
  }
  const std::string_view rest = trim(line, kBlanks);
  const auto closing = rest.find(')');
  if (!rest.starts_with('(') || closing == std::string_view::npos) return std::nullopt;
  const std::string_view type = trim(rest.substr(1, closing - 1), kBlanks);
  const std::string_view behind_type = trim(rest.substr(closing + 1), kBlanks);
  if (type.empty() || !behind_type.starts_with(':')) return std::nullopt;

  Control control;
  control.id = id;
  control.name = name_of(id);
  control.listed_type = display_text(type, kLongestLabel);
  const auto known = std::find_if(kListedTypes.begin(), kListedTypes.end(),
                                  [&](const auto& row) { return row.first == type; });
  fill(control, known == kListedTypes.end() ? ControlType::other : known->second,
       split_fields(behind_type.substr(1)));
  return control;
}

std::optional<MenuOption> parse_option_line(std::string_view line) {
  if (!line.starts_with('\t')) return std::nullopt;
  line = trim(line, kBlanks);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto value = parse_integer(line.substr(0, colon));
  if (!value) return std::nullopt;
  return MenuOption{*value, display_text(trim(line.substr(colon + 1), kBlanks), kLongestLabel)};
}

}  // namespace minidvr::controls
