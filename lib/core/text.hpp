// Small things about text.
#pragma once

#include <string_view>
#include <vector>

namespace minidvr {

// `text` without those of `blanks` at its ends.
inline std::string_view trim(std::string_view text, std::string_view blanks = " \t\r") {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// What commas separate, trimmed; one item at least, which may be empty.
inline std::vector<std::string_view> list_items(std::string_view text) {
  std::vector<std::string_view> items;
  for (;;) {
    const auto comma = text.find(',');
    items.push_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace minidvr
