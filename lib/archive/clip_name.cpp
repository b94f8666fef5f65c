#include "archive/clip_name.hpp"

#include "core/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

constexpr std::string_view kClipEnding = ".mp4";
constexpr std::size_t kLongestNumber = 5;  // _9999

// `/` leads elsewhere, `\` does on other systems, `"` ends the name in a header.
bool has_forbidden(std::string_view name) {
  if (name.find_first_of("/\\\"") != std::string_view::npos) return true;
  while (!name.empty()) {
    const std::size_t length = utf8_length(name);
    if (length == 0 || is_control(name.substr(0, length))) return true;
    name.remove_prefix(length);
  }
  return false;
}

}  // namespace

Result<std::string> clip_name(std::string_view wanted) {
  std::string name(wanted);
  if (!name.ends_with(kClipEnding)) name += kClipEnding;
  const bool is_allowed = name.size() > kClipEnding.size() && name.size() <= kLongestClipName &&
                          name.front() != '.' && !has_forbidden(name);
  if (is_allowed) return name;
  return make_error(
      Errc::refused,
      fmt::format("name: allowed are 1 to {} bytes of UTF-8 without / \\ \" and control "
                  "characters, which do not begin with a dot; .mp4 is added",
                  kLongestClipName - kClipEnding.size()));
}

std::string default_clip_name(WallTime start) {
  return file_stamp(start) + "_clip.mp4";
}

std::string numbered_clip_name(std::string_view name, int number) {
  if (number == 0) return std::string(name);
  name.remove_suffix(kClipEnding.size());
  return fmt::format("{}_{}{}", name, number, kClipEnding);
}

bool is_clip_name(std::string_view name) {
  return name.ends_with(kClipEnding) && name.size() > kClipEnding.size() &&
         name.size() <= kLongestClipName + kLongestNumber && name.front() != '.' &&
         !has_forbidden(name);
}

}  // namespace minidvr::archive
