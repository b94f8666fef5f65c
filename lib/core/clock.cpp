#include "core/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include <time.h>

namespace minidvr {
namespace {

// Date, time of day and zone. Only the zone is asked by time_t: where that has 32 bits it ends in
// 2038.
std::tm local(WallTime time) {
  using Range = std::numeric_limits<std::time_t>;
  const auto second = std::chrono::floor<seconds>(time);
  const auto t = static_cast<std::time_t>(
      std::clamp<std::int64_t>(second.time_since_epoch().count(), Range::min(), Range::max()));
  std::tm parts{};
  localtime_r(&t, &parts);
  const auto there = second + seconds(parts.tm_gmtoff);
  const auto day = std::chrono::floor<std::chrono::days>(there);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<seconds> clock(there - day);
  parts.tm_year = static_cast<int>(date.year()) - 1900;
  parts.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  parts.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  parts.tm_hour = static_cast<int>(clock.hours().count());
  parts.tm_min = static_cast<int>(clock.minutes().count());
  parts.tm_sec = static_cast<int>(clock.seconds().count());
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

Steady::duration time_asleep() {
  struct timespec up {};
  if (::clock_gettime(CLOCK_BOOTTIME, &up) != 0) return Steady::duration::zero();
  const auto since_boot = seconds(up.tv_sec) + std::chrono::nanoseconds(up.tv_nsec);
  return since_boot - Steady::now().time_since_epoch();
}

}  // namespace minidvr
