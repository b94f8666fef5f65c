#include "archive/recording_name.hpp"

#include <algorithm>
#include <charconv>

#include <time.h>

namespace minidvr::archive {
namespace {

constexpr std::string_view kEnding = ".mp4";
constexpr std::size_t kDate = 8;
constexpr std::size_t kStamp = 15;      // 20261124_101000
constexpr std::size_t kMostDigits = 5;  // of the number behind it

bool are_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int number_in(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  std::from_chars(text.data() + at, text.data() + at + digits, value);
  return value;
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
  tm parts{};
  parts.tm_year = number_in(name, 0, 4) - 1900;
  parts.tm_mon = number_in(name, 4, 2) - 1;
  parts.tm_mday = number_in(name, 6, 2);
  parts.tm_hour = number_in(name, 9, 2);
  parts.tm_min = number_in(name, 11, 2);
  parts.tm_sec = number_in(name, 13, 2);
  parts.tm_isdst = -1;
  const tm asked = parts;
  const time_t time = ::mktime(&parts);
  // What does not exist comes back as another date; an hour that is left out as another hour.
  const bool exists = parts.tm_mon == asked.tm_mon && parts.tm_mday == asked.tm_mday &&
                      asked.tm_hour < 24 && parts.tm_min == asked.tm_min &&
                      parts.tm_sec == asked.tm_sec;
  constexpr int kFirstYear = 1970 - 1900;
  constexpr int kLastYear = 2200 - 1900;  // WallTime ends in 2262
  if (!exists || asked.tm_year < kFirstYear || asked.tm_year > kLastYear) return std::nullopt;
  return std::chrono::system_clock::from_time_t(time);
}

std::string stem_of(std::string_view name) {
  return std::string(name.substr(0, name.size() - kEnding.size()));
}

std::string sidecar_name(std::string_view name) {
  return stem_of(name) + ".json";
}

}  // namespace minidvr::archive
