#include "http/validators.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace minidvr::http {

std::string_view take_item(std::string_view& list) {
  const auto end = std::min(list.find(','), list.size());
  const auto item = trim(list.substr(0, end), " \t");
  list.remove_prefix(std::min(end + 1, list.size()));
  return item;
}

bool has_version(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    auto item = take_item(if_none_match);
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == "*" || item == etag) return true;
  }
  return false;
}

}  // namespace minidvr::http
