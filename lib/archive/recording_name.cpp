#include "archive/recording_name.hpp"

#include "archive/iso_time.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

constexpr std::string_view kEnding = ".mp4";
constexpr std::size_t kDate = 8;
constexpr std::size_t kStamp = 15;      // 20261124_101000
constexpr std::size_t kMostDigits = 5;  // of the number behind it

bool are_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_recording_name(std::string_view name) {
  if (!name.ends_with(kEnding)) return false;
  name.remove_suffix(kEnding.size());
  if (name.size() < kStamp || !are_digits(name.substr(0, kDate)) || name[kDate] != '_' ||
      !are_digits(name.substr(kDate + 1, kStamp - kDate - 1))) {
    return false;
  }
  name.remove_prefix(kStamp);
  if (name.empty()) return true;
  return name.size() >= 2 && name.size() <= kMostDigits + 1 && name[0] == '_' && name[1] != '0' &&
         are_digits(name.substr(1));
}

std::optional<WallTime> time_in_name(std::string_view name) {
  if (!is_recording_name(name)) return std::nullopt;
  const auto part = [name](std::size_t at, std::size_t digits) { return name.substr(at, digits); };
  const auto time = parse_time(fmt::format("{}-{}-{}T{}:{}:{}", part(0, 4), part(4, 2), part(6, 2),
                                           part(9, 2), part(11, 2), part(13, 2)));
  return time ? std::optional(*time) : std::nullopt;
}

std::string stem_of(std::string_view name) {
  return std::string(name.substr(0, name.size() - kEnding.size()));
}

std::string sidecar_name(std::string_view name) {
  return stem_of(name) + ".json";
}

}  // namespace minidvr::archive
