#include "doctor/machine_check.hpp"

#include "core/file.hpp"
#include "core/text.hpp"

#include <charconv>
#include <string>

#include <fmt/format.h>

namespace minidvr::doctor {
namespace {

constexpr const char* kClock = "clock";
constexpr const char* kPower = "power";
constexpr const char* kHeat = "temperature";

// What the firmware tells as get_throttled.
constexpr std::uint32_t kUnderVoltage = 1U << 0;
constexpr std::uint32_t kSlowed = (1U << 1) | (1U << 2);  // frequency capped, throttled
constexpr std::uint32_t kSoftLimit = 1U << 3;
constexpr unsigned kSinceBoot = 16;  // the same bits, of any time since the machine was started

// From here on a Raspberry Pi slows down.
constexpr double kHot = 80;

constexpr std::size_t kLongestFile = 4096;  // one number

std::string_view number_in(const std::string& text) {
  return trim(text, " \t\r\n");
}

std::optional<double> read_celsius(const std::filesystem::path& file) {
  const auto text = read_file(file, kLongestFile);
  if (!text) return std::nullopt;
  const std::string_view digits = number_in(*text);
  long thousandths = 0;
  const auto* end = digits.data() + digits.size();
  const auto [last, error] = std::from_chars(digits.data(), end, thousandths);
  if (error != std::errc() || last != end) return std::nullopt;
  return static_cast<double>(thousandths) / 1000.0;
}

Finding judge_throttled(std::uint32_t bits) {
  const std::string supply =
      "use a supply of its own with enough current and a short cable (5.1 V, 3 A), and give the "
      "camera or the disk a hub with power";
  const std::string cooling = "give it air or a heat sink";
  const std::uint32_t before = bits >> kSinceBoot;
  if ((bits & kUnderVoltage) != 0) {
    return {Grade::problem, kPower, "the voltage is too low now: USB devices may fail", supply};
  }
  if ((bits & (kSlowed | kSoftLimit)) != 0) {
    return {Grade::warning, kPower, "the processor is slowed down now", cooling};
  }
  if ((before & kUnderVoltage) != 0) {
    return {Grade::warning, kPower, "the voltage was too low since the start of the machine",
            supply};
  }
  if ((before & (kSlowed | kSoftLimit)) != 0) {
    return {Grade::warning, kPower, "the processor was slowed down since the start of the machine",
            cooling};
  }
  return {Grade::ok, kPower, "the voltage has been right since the start of the machine", {}};
}

Finding judge_heat(double celsius) {
  const std::string text = fmt::format("{:.0f} degrees Celsius", celsius);
  const std::string remedy = "give it air, a heat sink or a fan";
  if (celsius >= kHot) return {Grade::warning, kHeat, text + ", at which it slows down", remedy};
  return {Grade::ok, kHeat, text, {}};
}

}  // namespace

Finding judge_clock(const archive::ClockFacts& facts, bool service_knows) {
  const std::string now = iso8601(facts.now);
  if (facts.now < archive::kProgramWritten) {
    return {Grade::problem, kClock,
            fmt::format("it says {}, which is over: names of recordings will be wrong, and none "
                        "goes for its age",
                        now),
            "connect the machine to a network with a time server (timedatectl set-ntp true), or "
            "set the time: timedatectl set-time"};
  }
  if (!facts.synchronized_is_known) {
    return {
        Grade::warning, kClock,
        fmt::format("it says {}, and nobody tells here whether a time server keeps it right", now),
        "timedatectl says whether one does"};
  }
  if (!facts.synchronized) {
    return {Grade::warning, kClock, fmt::format("it says {}, and nothing keeps it right", now),
            "timedatectl set-ntp true; timedatectl timesync-status says what is missing"};
  }
  if (!service_knows) {
    return {Grade::warning, kClock,
            "it is kept right by a time server, and not by systemd-timesyncd: the service does not "
            "know that",
            "in sudo systemctl edit mini-dvr, below [Service]: ProtectClock=no and "
            "SystemCallFilter=adjtimex clock_adjtime clock_adjtime64; then sudo systemctl restart "
            "mini-dvr"};
  }
  return {Grade::ok, kClock, "it is kept right by a time server", {}};
}

std::vector<Finding> judge_power(const PowerFacts& facts) {
  std::vector<Finding> findings;
  if (facts.throttled) findings.push_back(judge_throttled(*facts.throttled));
  if (facts.celsius) findings.push_back(judge_heat(*facts.celsius));
  return findings;
}

std::optional<std::uint32_t> parse_throttled(std::string_view text) {
  if (const auto equals = text.find('='); equals != std::string_view::npos) {
    text.remove_prefix(equals + 1);
  }
  text = trim(text, " \t\r\n");
  if (text.starts_with("0x")) text.remove_prefix(2);
  constexpr int kBase = 16;
  std::uint32_t bits = 0;
  const auto* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, bits, kBase);
  if (error != std::errc() || last != end) return std::nullopt;
  return bits;
}

PowerFacts read_power(const std::filesystem::path& sys) {
  PowerFacts facts;
  const auto throttled =
      read_file(sys / "devices/platform/soc/soc:firmware/get_throttled", kLongestFile);
  if (throttled) facts.throttled = parse_throttled(*throttled);
  facts.celsius = read_celsius(sys / "class/thermal/thermal_zone0/temp");
  return facts;
}

}  // namespace minidvr::doctor
