#include "core/clock.hpp"

#include <fmt/format.h>

#include <time.h>

namespace minidvr {
namespace {

std::tm local(WallTime time) {
  const std::time_t t = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<WallTime::duration>(std::chrono::floor<seconds>(time)));
  std::tm parts{};
  localtime_r(&t, &parts);
  return parts;
}

}  // namespace

std::string iso8601(WallTime time) {
  const std::tm parts = local(time);
  const auto fraction = std::chrono::floor<milliseconds>(time - std::chrono::floor<seconds>(time));
  const long offset = parts.tm_gmtoff / 60;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{}{:02}:{:02}", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     fraction.count(), offset < 0 ? '-' : '+', std::abs(offset) / 60,
                     std::abs(offset) % 60);
}

std::string file_stamp(WallTime time) {
  const std::tm parts = local(time);
  return fmt::format("{:04}{:02}{:02}_{:02}{:02}{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

seconds local_offset(WallTime time) {
  return seconds{local(time).tm_gmtoff};
}

}  // namespace minidvr
