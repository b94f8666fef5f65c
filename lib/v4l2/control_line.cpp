#include "v4l2/control_line.hpp"

#include "core/file.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <limits>
#include <utility>

namespace minidvr::v4l2 {
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
  for (const std::string_view flag : list_items(text)) {
    const bool plain = !flag.empty() && std::all_of(flag.begin(), flag.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!plain || flags.size() == kMostFlags) return {};
    flags.emplace_back(flag);
  }
  return flags;
}

// The word behind "min=" or the like; empty when there is none.
std::string_view field(std::string_view text, std::string_view key) {
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
    if (word.starts_with(key)) return word.substr(key.size());
  }
  return {};
}

// Undoes the escapes that v4l2-ctl writes string values with: \n \r \f \\ and \xHH. A backslash
// before anything else stands for itself.
std::string unescape(std::string_view text) {
  constexpr std::string_view kEscapes = "nrf\\";
  constexpr std::string_view kMeanings = "\n\r\f\\";
  std::string result;
  for (; !text.empty(); text.remove_prefix(1)) {
    const auto known = text.size() < 2 ? kEscapes.npos : kEscapes.find(text[1]);
    unsigned code = 0;
    if (text.front() == '\\' && known != kEscapes.npos) {
      result += kMeanings[known];
      text.remove_prefix(1);
    } else if (text.starts_with("\\x") && text.size() >= 4 &&
               std::from_chars(text.data() + 2, text.data() + 4, code, 16).ptr == text.data() + 4) {
      result += static_cast<char>(code);
      text.remove_prefix(3);
    } else {
      result += text.front();
    }
  }
  return result;
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

// Whether the listing tells what a value may be. If not, nobody can check one.
bool can_be_checked(ControlType type, const Control& control) {
  switch (type) {
    case ControlType::integer:
    case ControlType::integer64:
    case ControlType::string:
      return control.min && control.max && control.step;
    case ControlType::bitmask:
      return control.max.has_value();
    default:
      return true;
  }
}

// What stands behind the colon.
void fill(Control& control, ControlType type, std::string_view text) {
  constexpr std::string_view kFlags = " flags=";
  constexpr std::string_view kValue = " value=";
  text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
  // From the right: a string value or a label may itself hold the word, but what follows it there
  // holds a quote or a parenthesis and so is no list of flags.
  if (const auto at = text.rfind(kFlags); at != text.npos) {
    control.flags = parse_flags(text.substr(at + kFlags.size()));
    if (!control.flags.empty()) text = text.substr(0, at);
  }
  const auto at = text.find(kValue);
  const auto value =
      at == text.npos ? std::nullopt : std::optional(text.substr(at + kValue.size()));
  text = text.substr(0, at);
  control.min = parse_integer(field(text, "min="));
  control.max = parse_integer(field(text, "max="));
  control.step = parse_integer(field(text, "step="));
  const bool is_array = !field(text, "dims=").empty();
  control.type = !is_array && can_be_checked(type, control) ? type : ControlType::other;
  if (control.type == ControlType::bitmask) control.max = unsigned_bits(*control.max);
  if (control.type == ControlType::button) return;
  const auto default_value = field(text, "default=");
  if (control.type == ControlType::other) {
    // An array's default is that of each element.
    control.default_value = parse_integer(default_value);
  } else {
    control.default_value = parse_value(control.type, default_value);
  }
  // What v4l2-ctl prints for a control that can not be read is made up.
  if (value && !has_flag(control, "write-only")) control.value = parse_value(control.type, *value);
}

// What v4l2-ctl makes of a driver's name: "Exposure Time, Absolute" is exposure_time_absolute.
std::string id_of(std::string_view name) {
  std::string id;
  bool separate = false;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (!is_upper && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
      separate = !id.empty();
      continue;
    }
    if (std::exchange(separate, false)) id += '_';
    id += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return id;
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
       behind_type.substr(1));
  return control;
}

std::optional<Control> parse_failed_line(std::string_view line) {
  constexpr std::string_view kCtrl = "ctrl ";
  const bool is_error = take_word(line) == "error";
  const auto error = parse_integer(take_word(line));
  const auto ctrl = line.find(kCtrl);
  if (!is_error || !error || *error == ENODEV || ctrl == line.npos) return std::nullopt;
  Control control;
  control.id = id_of(line.substr(ctrl + kCtrl.size()));
  if (!is_control_id(control.id)) return std::nullopt;
  control.name = name_of(control.id);
  control.listed_type = "unknown";
  control.failure = errno_text(static_cast<int>(*error));
  control.inactive_because = kControlFailed;
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

}  // namespace minidvr::v4l2
