#include "archive/iso_time.hpp"

#include "support/result_text.hpp"

#include <array>
#include <optional>
#include <random>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <stdlib.h>
#include <time.h>

using namespace minidvr;
using namespace minidvr::archive;
using namespace std::chrono_literals;

namespace {

// The zone that local times are of, as long as it lives.
class LocalZone {
 public:
  explicit LocalZone(const char* zone) {
    if (const char* before = ::getenv("TZ")) before_ = before;
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  LocalZone(const LocalZone&) = delete;
  LocalZone& operator=(const LocalZone&) = delete;
  ~LocalZone() {
    if (before_) {
      ::setenv("TZ", before_->c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }

 private:
  std::optional<std::string> before_;
};

WallTime utc(int year, unsigned month, unsigned day, std::chrono::nanoseconds of_day = 0ns) {
  return WallTime(std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                                        static_cast<int>(day))) +
         of_day;
}

const WallTime kMorning = utc(2026, 11, 24, 10h + 7min + 12s);

// 1970 to 2200, in nanoseconds.
std::chrono::nanoseconds random_time(std::mt19937_64& random) {
  const auto end = utc(2201, 1, 1).time_since_epoch().count();
  return std::chrono::nanoseconds(std::uniform_int_distribution<std::int64_t>(0, end - 1)(random));
}

// What the C library says, to the second.
std::string gmtime_text(WallTime time) {
  const std::time_t t = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<WallTime::duration>(std::chrono::floor<seconds>(time)));
  std::tm parts{};
  ::gmtime_r(&t, &parts);
  std::array<char, 64> text{};
  return {text.data(), ::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts)};
}

bool is_malformed_time(std::string_view text) {
  const auto time = parse_time(text);
  return !time && time.error().code == Errc::malformed;
}

}  // namespace

TEST_CASE("a time with an offset means the same wherever the server is", "[archive][time]") {
  const LocalZone zone("XYZ-7");
  CHECK(parse_time("2026-11-24T10:07:12Z").value() == kMorning);
  CHECK(parse_time("2026-11-24T11:07:12+01:00").value() == kMorning);
  CHECK(parse_time("2026-11-24T06:37:12-0330").value() == kMorning);
  CHECK(parse_time("2026-11-25T10:06:12+23:59").value() == kMorning);
  CHECK(parse_time("2026-11-24T10:07:12-00:00").value() == kMorning);
}

TEST_CASE("a time without an offset is the server's local time", "[archive][time]") {
  {
    const LocalZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    CHECK(parse_time("2026-11-24T11:07:12").value() == kMorning);
    CHECK(parse_time("2026-07-24T12:07:12.5").value() ==
          utc(2026, 7, 24, 10h + 7min + 12s + 500ms));
    CHECK(parse_time("2026-11-24").value() == utc(2026, 11, 23, 23h));
    CHECK(parse_time("2026-07-24").value() == utc(2026, 7, 23, 22h));
  }
  const LocalZone zone("NST3:30");
  CHECK(parse_time("2026-11-24T06:37:12").value() == kMorning);
  CHECK(parse_time("2026-11-24").value() == utc(2026, 11, 24, 3h + 30min));
}

TEST_CASE("a local time that does not exist, or exists twice, is one of both around it",
          "[archive][time]") {
  const LocalZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const auto left_out = parse_time("2026-03-29T02:30:00").value();
  CHECK((left_out == utc(2026, 3, 29, 30min) || left_out == utc(2026, 3, 29, 1h + 30min)));
  const auto repeated = parse_time("2026-10-25T02:30:00").value();
  CHECK((repeated == utc(2026, 10, 25, 30min) || repeated == utc(2026, 10, 25, 1h + 30min)));
  // The rest of such a day has its own hours.
  CHECK(parse_time("2026-03-29T12:00:00").value() == utc(2026, 3, 29, 10h));
  CHECK(parse_time("2026-10-25T12:00:00").value() == utc(2026, 10, 25, 11h));
}

TEST_CASE("a second has up to nine digits behind its point", "[archive][time]") {
  const std::string digits = "123456789";
  std::int64_t nanoseconds = 0;
  std::int64_t worth = 1'000'000'000;
  for (std::size_t count = 1; count <= digits.size(); ++count) {
    worth /= 10;
    nanoseconds += worth * (digits[count - 1] - '0');
    CAPTURE(count);
    CHECK(parse_time("2026-11-24T10:07:12." + digits.substr(0, count) + "Z").value() ==
          kMorning + std::chrono::nanoseconds(nanoseconds));
  }
  CHECK(parse_time("2026-11-24T10:07:12.000000001Z").value() == kMorning + 1ns);
  CHECK(is_malformed_time("2026-11-24T10:07:12.Z"));
  CHECK(is_malformed_time("2026-11-24T10:07:12.1234567890Z"));
}

TEST_CASE("what is no time is refused with what is allowed", "[archive][time]") {
  for (const std::string text : {"",
                                 "now",
                                 "1795000000",
                                 "2026",
                                 "2026-11",
                                 "2026-11-24T",
                                 "2026-11-24T10",
                                 "2026-11-24Z",
                                 "2026-11-24T10:07",
                                 "2026-11-24T10:07Z",
                                 "2026-11-24T10:07:1",
                                 "2026-11-24T10:07:12z",
                                 "2026-11-24t10:07:12Z",
                                 "2026-11-24 10:07:12Z",
                                 "2026-11-24T10:07:12 01:00",
                                 "2026-11-24T10:07:12+",
                                 "2026-11-24T10:07:12+1",
                                 "2026-11-24T10:07:12+01",
                                 "2026-11-24T10:07:12+01:0",
                                 "2026-11-24T10:07:12+24:00",
                                 "2026-11-24T10:07:12+01:60",
                                 "2026-11-24T10:07:12+01:00Z",
                                 "2026-11-24T10:07:12Z ",
                                 " 2026-11-24",
                                 "2026-11-24\n",
                                 "2026-1-24",
                                 "26-11-24",
                                 "+2026-11-24",
                                 "-2026-11-24",
                                 "20261124",
                                 "2026-+1-24",
                                 "2026-11-24T-1:07:12Z",
                                 "2026-11-24T10:07:12,5Z",
                                 "2026-11-24T10:07:12.-5Z",
                                 "2026-11-24T10-07:12Z",
                                 "2026-11-24T10:07-12Z",
                                 "2026/11/24",
                                 "2026-11/24",
                                 "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-11-24",
                                 "\xff\xfe"}) {
    CAPTURE(text);
    CHECK(is_malformed_time(text));
  }
  CHECK(is_malformed_time(std::string_view("2026-11-24\0", 11)));
  const auto error = parse_time("tomorrow\n" + std::string(1000, 'x')).error();
  CHECK_THAT(error.detail, Catch::Matchers::Contains("tomorrow x") &&
                               Catch::Matchers::Contains("allowed: 2026-11-24"));
  CHECK(error.detail.size() < 400);
}

TEST_CASE("days and hours are those of the calendar, and second 60 is none", "[archive][time]") {
  CHECK(parse_time("2028-02-29T00:00:00Z").value() == utc(2028, 2, 29));
  CHECK(parse_time("2000-02-29T00:00:00Z").value() == utc(2000, 2, 29));
  CHECK(parse_time("2026-12-31T23:59:59Z").value() == utc(2026, 12, 31, 24h - 1s));
  for (const std::string text :
       {"2026-02-29", "2100-02-29", "2026-04-31", "2026-01-32", "2026-01-00", "2026-00-01",
        "2026-13-01", "2026-11-24T24:00:00Z", "2026-11-24T10:60:00Z", "2016-12-31T23:59:60Z"}) {
    CAPTURE(text);
    CHECK(is_malformed_time(text));
  }
}

TEST_CASE("times begin with 1970 and end with 2200, in UTC", "[archive][time]") {
  const LocalZone zone("CET-1");
  CHECK(parse_time("1970-01-01T00:00:00Z").value() == WallTime{});
  CHECK_FALSE(parse_time("1969-12-31T23:59:59.999Z"));
  // As an end of a stretch of time it is the first moment, or the last.
  CHECK(parse_bound("1969-12-31T23:00:00.000Z").value() == WallTime{});
  CHECK(parse_bound("0001-01-01").value() == WallTime{});
  CHECK(parse_bound("9999-12-31T23:59:59Z").value() == utc(2201, 1, 1) - 1ns);
  CHECK(parse_bound("2026-11-24T10:07:12.5Z").value() == utc(2026, 11, 24, 10h + 7min) + 12500ms);
  CHECK(parse_bound("tomorrow").error().code == Errc::malformed);
  CHECK(parse_time("1969-12-31T23:00:00-01:00").value() == WallTime{});
  CHECK(parse_time("2200-12-31T23:59:59.999999999Z").value() == utc(2201, 1, 1) - 1ns);
  CHECK(parse_time("2201-01-01T00:59:59").value() == utc(2201, 1, 1) - 1s);
  for (const std::string text :
       {"1970-01-01", "1970-01-01T00:59:59", "1969-12-31T23:59:59.999999999Z",
        "1970-01-01T00:00:00+00:01", "2200-12-31T23:59:59-00:01", "2201-01-01T00:00:00Z",
        "2201-01-01T01:00:00", "0000-01-01", "0000-01-01T00:00:00Z", "9999-12-31",
        "9999-12-31T23:59:59.999999999-23:59"}) {
    CAPTURE(text);
    CHECK(is_malformed_time(text));
  }
}

TEST_CASE("a time in UTC is rounded down to the microsecond", "[archive][time]") {
  CHECK(utc_text(kMorning + 345'678'999ns) == "2026-11-24T10:07:12.345678Z");
  CHECK(utc_text(kMorning + 42us) == "2026-11-24T10:07:12.000042Z");
  CHECK(utc_text(WallTime{}) == "1970-01-01T00:00:00.000000Z");
  CHECK(utc_text(WallTime{} - 1ns) == "1969-12-31T23:59:59.999999Z");
  CHECK(utc_text(WallTime::min()) == "1677-09-21T00:12:43.145224Z");
  CHECK(utc_text(WallTime::max()) == "2262-04-11T23:47:16.854775Z");
}

TEST_CASE("any time comes back from its text", "[archive][time]") {
  const LocalZone zone("IST-5:30");
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 5000; ++i) {
    const auto nanoseconds = random_time(random);
    const WallTime exact = WallTime(nanoseconds);
    const WallTime time = std::chrono::floor<microseconds>(exact);
    const std::string text = utc_text(exact);
    CAPTURE(text);
    REQUIRE(text.starts_with(gmtime_text(exact) + '.'));
    REQUIRE(parse_time(text).value() == time);
    const std::string digits = fmt::format(".{:09}", nanoseconds.count() % 1'000'000'000);
    const bool west = random() % 2 == 0;
    const auto offset = std::chrono::minutes(random() % 1440);
    const std::string elsewhere = gmtime_text(west ? exact - offset : exact + offset) + digits +
                                  fmt::format("{}{:02}{}{:02}", west ? '-' : '+', offset / 1h,
                                              random() % 2 == 0 ? ":" : "", offset.count() % 60);
    CAPTURE(elsewhere);
    REQUIRE(parse_time(elsewhere).value() == exact);
    REQUIRE(parse_time(gmtime_text(exact + 5h + 30min) + digits).value() == exact);
  }
}

TEST_CASE("random nonsense is no time, or one of the allowed years", "[archive][time]") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  constexpr std::string_view kLikely = "0123456789-+:.TZ \xff";
  int times = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = random() % 2 == 0 ? "2026-11-24T10:07:12.345+01:00" : "1970-01-01";
    for (auto changes = random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      const char c =
          random() % 4 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
      text.replace(at, random() % 2, random() % 2, c);
    }
    text.resize(random() % 8 == 0 ? random() % (text.size() + 1) : text.size());
    if (const auto time = parse_time(text)) {
      ++times;
      CAPTURE(text);
      REQUIRE((*time >= WallTime{} && *time < utc(2201, 1, 1)));
      REQUIRE(parse_time(utc_text(*time)).has_value());
    }
  }
  CHECK(times > 500);
}
