#include "archive/iso_time.hpp"

#include "core/utf8.hpp"

#include <chrono>
#include <optional>

#include <fmt/format.h>

#include <time.h>

namespace minidvr::archive {
namespace {

using std::chrono::nanoseconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::size_t kLongestShownTime = 40;  // bytes; longer than any that is right
constexpr sys_seconds kEarliestTime = sys_days(std::chrono::year(1970) / 1 / 1);
constexpr sys_seconds kFirstTooLate = sys_days(std::chrono::year(2201) / 1 / 1);
static_assert(kFirstTooLate.time_since_epoch() < WallTime::max().time_since_epoch());

struct WrittenTime {
  std::chrono::year_month_day date{};
  int hour = 0;
  int minute = 0;
  int second = 0;
  nanoseconds fraction{0};
  std::optional<seconds> offset;  // from UTC; nothing: it is local time
};

// Takes a text apart from its front. Once it was not as expected it stays unsound.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  bool read_all_of_it() const { return sound_ && rest_.empty(); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) { sound_ = take(c) && sound_; }

  // Exactly so many digits.
  int number(std::size_t digits, int largest) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i)
      value = 10 * value + digit().value_or(0);
    sound_ = sound_ && value <= largest;
    return value;
  }

  // The digits behind the point.
  nanoseconds fraction() {
    nanoseconds worth{100'000'000};
    nanoseconds value = digit().value_or(0) * worth;
    while (!rest_.empty() && is_digit(rest_.front()) && worth.count() > 1) {
      worth /= 10;
      value += digit().value_or(0) * worth;
    }
    return value;
  }

  std::optional<seconds> offset() {
    if (take('Z')) return seconds{0};
    const bool west = take('-');
    if (!west && !take('+')) return std::nullopt;
    const std::chrono::hours hours{number(2, 23)};
    take(':');
    const seconds offset = hours + std::chrono::minutes{number(2, 59)};
    return west ? -offset : offset;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::optional<int> digit() {
    sound_ = sound_ && !rest_.empty() && is_digit(rest_.front());
    if (!sound_) return std::nullopt;
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  bool sound_ = true;
};

std::optional<WrittenTime> read_written_time(std::string_view text) {
  TimeReader in(text);
  WrittenTime time;
  const std::chrono::year year{in.number(4, 9999)};
  in.expect('-');
  const std::chrono::month month{static_cast<unsigned>(in.number(2, 12))};
  in.expect('-');
  const std::chrono::day day{static_cast<unsigned>(in.number(2, 31))};
  time.date = year / month / day;
  if (in.take('T')) {
    time.hour = in.number(2, 23);
    in.expect(':');
    time.minute = in.number(2, 59);
    in.expect(':');
    time.second = in.number(2, 59);
    if (in.take('.')) time.fraction = in.fraction();
    time.offset = in.offset();
  }
  if (!in.read_all_of_it() || !time.date.ok()) return std::nullopt;
  return time;
}

// Without the fraction. Before 1970 also when mktime has no answer.
sys_seconds without_fraction(const WrittenTime& time) {
  if (time.offset) {
    return sys_days(time.date) + std::chrono::hours(time.hour) + std::chrono::minutes(time.minute) +
           seconds(time.second) - *time.offset;
  }
  std::tm parts{};
  parts.tm_year = static_cast<int>(time.date.year()) - 1900;
  parts.tm_mon = static_cast<int>(static_cast<unsigned>(time.date.month())) - 1;
  parts.tm_mday = static_cast<int>(static_cast<unsigned>(time.date.day()));
  parts.tm_hour = time.hour;
  parts.tm_min = time.minute;
  parts.tm_sec = time.second;
  parts.tm_isdst = -1;  // whatever holds then
  return sys_seconds(seconds(std::mktime(&parts)));
}

Error no_time(std::string_view text) {
  return make_error(
      Errc::malformed,
      fmt::format("'{}' is no time; allowed: 2026-11-24 or 2026-11-24T10:07:12, of the years 1970 "
                  "to 2200, with up to 9 digits of a second as in 12.345, and with Z or an offset "
                  "as in 12+01:00 (in a URL: 12%2B01:00) when it is not local time",
                  display_text(text, kLongestShownTime)));
}

}  // namespace

Result<WallTime> parse_time(std::string_view text) {
  if (const auto written = read_written_time(text)) {
    const sys_seconds time = without_fraction(*written);
    if (time >= kEarliestTime && time < kFirstTooLate) {
      return std::chrono::time_point_cast<WallTime::duration>(time + written->fraction);
    }
  }
  return no_time(text);
}

Result<WallTime> parse_bound(std::string_view text) {
  const auto written = read_written_time(text);
  if (!written) return no_time(text);
  const sys_seconds time = without_fraction(*written);
  if (time < kEarliestTime) return WallTime(kEarliestTime);
  if (time >= kFirstTooLate) return WallTime(kFirstTooLate) - WallTime::duration(1);
  return std::chrono::time_point_cast<WallTime::duration>(time + written->fraction);
}

std::string utc_text(WallTime time) {
  const auto whole = std::chrono::floor<microseconds>(time);
  const auto midnight = std::chrono::floor<std::chrono::days>(whole);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss<microseconds> of_day{whole - midnight};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     of_day.hours().count(), of_day.minutes().count(), of_day.seconds().count(),
                     of_day.subseconds().count());
}

}  // namespace minidvr::archive
