#include "core/clock.hpp"

#include <catch2/catch.hpp>

#include <stdlib.h>
#include <time.h>

using namespace minidvr;
using namespace std::chrono_literals;

TEST_CASE("times are written in local time with their offset") {
  const WallTime time =
      WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)) + 9h + 7min + 12s + 345ms;
  ::setenv("TZ", "CET-1", 1);
  ::tzset();
  CHECK(iso8601(time) == "2026-11-23T10:07:12.345+01:00");
  CHECK(file_stamp(time) == "20261123_100712");
  CHECK(local_offset(time) == 3600s);
  // Behind the end of a time_t of 32 bits, and before 1970.
  CHECK(iso8601(time + 100 * 365 * 24h) == "2126-10-30T10:07:12.345+01:00");
  CHECK(iso8601(time - 100 * 365 * 24h) == "1926-12-18T10:07:12.345+01:00");
  ::setenv("TZ", "NST3:30", 1);
  ::tzset();
  CHECK(iso8601(time) == "2026-11-23T05:37:12.345-03:30");
  ::unsetenv("TZ");
  ::tzset();
}
