#include "doctor/status_text.hpp"

#include "archive/retention.hpp"
#include "core/utf8.hpp"

#include <cmath>
#include <optional>
#include <string_view>

#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace minidvr::doctor {
namespace json = boost::json;
namespace {

constexpr std::size_t kLongestText = 300;  // bytes that are shown of one that the program tells
constexpr std::size_t kDateAndTime = 19;   // characters of an ISO time, to its seconds

// A field by its path, or nullptr.
const json::value* find(const json::object& object, std::string_view part, std::string_view key) {
  if (part.empty()) return object.if_contains(key);
  const auto* inner = object.if_contains(part);
  const auto* fields = inner == nullptr ? nullptr : inner->if_object();
  return fields == nullptr ? nullptr : fields->if_contains(key);
}

std::string text(const json::object& object, std::string_view part, std::string_view key) {
  const auto* value = find(object, part, key);
  const auto* string = value == nullptr ? nullptr : value->if_string();
  return string == nullptr ? std::string() : display_text(*string, kLongestText);
}

std::optional<double> number(const json::object& object, std::string_view part,
                             std::string_view key) {
  const auto* value = find(object, part, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

std::string amount(const json::object& object, std::string_view part, std::string_view key) {
  const double bytes = number(object, part, key).value_or(0);
  return archive::amount_of_space(bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0);
}

std::string line(std::string_view name, const std::string& value) {
  return value.empty() ? value : fmt::format("{:<10}  {}\n", name, value);
}

std::string recording_text(const json::object& status) {
  if (text(status, "", "recording") != "running") return "off";
  const std::string state = text(status, "recorder", "state");
  std::string result = state == "recording" ? "on" : state;
  if (state == "waiting_for_camera") result = "waiting for the camera";
  if (const auto why = text(status, "recorder", "detail"); !why.empty()) result += ": " + why;
  std::string since = text(status, "", "recording_started_at").substr(0, kDateAndTime);
  if (const auto date_end = since.find('T'); date_end != std::string::npos) since[date_end] = ' ';
  if (!since.empty()) result += fmt::format(", wanted since {}", since);
  if (const auto seconds = number(status, "recorder", "seconds")) {
    result += fmt::format(" ({})", duration_text(*seconds));
  }
  return result;
}

std::string frames_text(const json::object& status) {
  const auto count = [&](std::string_view part, std::string_view key) {
    return number(status, part, key).value_or(0);
  };
  return fmt::format(
      "{:.0f} on disk ({}), {:.0f} dropped, {:.0f} skipped before they came, {:.0f} "
      "gaps",
      count("recorder", "frames"), amount(status, "recorder", "bytes"),
      count("recorder", "dropped_frames"), count("camera", "missed_frames"),
      count("recorder", "gaps"));
}

std::string camera_text(const json::object& status) {
  std::string result = text(status, "camera", "device");
  const std::string reason = text(status, "camera", "device_reason");
  if (reason == "moved")
    result += fmt::format(" (the camera that was {})", text(status, "camera", "configured_device"));
  if (reason == "other_camera") result += " (another camera than before)";
  if (const auto width = number(status, "camera", "width"); width && *width > 0) {
    result +=
        fmt::format(", {:.0f}x{:.0f}", *width, number(status, "camera", "height").value_or(0));
  }
  const auto* online = find(status, "camera", "online");
  if (online != nullptr && *online == true) {
    return fmt::format("{}, {:.2f} frames a second", result,
                       number(status, "camera", "fps").value_or(0));
  }
  result += ": no frames";
  const std::string detail = text(status, "camera", "detail");
  const std::string problem = detail.empty() ? text(status, "camera", "problem") : std::string();
  if (!detail.empty()) result += ", " + detail;
  if (problem == "not_connected") result += ", it is not connected";
  if (problem == "preview") result += ", the stream is not served";
  if (problem == "silent") result += ", it is there and sends nothing";
  if (problem == "starting") result += " yet";
  const auto age = number(status, "camera", "last_frame_age");
  return age ? fmt::format("{}; the last one came {} ago", result, duration_text(*age)) : result;
}

std::string disk_text(const json::object& status) {
  if (number(status, "disk", "total").value_or(0) <= 0) return "its free space is not known";
  std::string result =
      fmt::format("{} of {} free", amount(status, "disk", "free"), amount(status, "disk", "total"));
  if (const auto left = number(status, "disk", "seconds_left")) {
    result += fmt::format(", enough for {}", duration_text(*left));
  }
  return result;
}

std::string archive_text(const json::object& status) {
  const auto recordings = number(status, "archive", "recordings");
  if (!recordings) return {};
  std::string result =
      fmt::format("{:.0f} recordings, {}", *recordings, amount(status, "archive", "bytes"));
  if (const auto back = number(status, "archive", "reaches_back_seconds")) {
    result += fmt::format(", back to {} ago", duration_text(*back));
  }
  return result;
}

std::string certificate_text(const json::object& status) {
  const std::string problem = text(status, "certificate", "problem");
  return problem.empty() ? problem : "the certificate: " + problem;
}

std::string page_text(const json::object& status) {
  return text(status, "page", "detail");
}

}  // namespace

std::string duration_text(double seconds) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  // What a document tells may be no time at all.
  constexpr double kLongest = 1e12;
  if (!(seconds >= 0) || seconds > kLongest) return "?";
  const auto all = static_cast<std::int64_t>(std::llround(seconds));
  if (all >= kDay) return fmt::format("{} d {} h", all / kDay, all % kDay / kHour);
  if (all >= kHour) return fmt::format("{} h {} min", all / kHour, all % kHour / kMinute);
  if (all >= kMinute) return fmt::format("{} min {} s", all / kMinute, all % kMinute);
  return fmt::format("{} s", all);
}

bool is_healthy(const json::object& health) {
  return text(health, "", "status") == "ok";
}

std::string failures_text(const json::object& health) {
  std::string result;
  const auto* checks = health.if_contains("checks");
  const auto* object = checks == nullptr ? nullptr : checks->if_object();
  if (object == nullptr) return result;
  for (const auto& [name, check] : *object) {
    const auto* fields = check.if_object();
    const auto* ok = fields == nullptr ? nullptr : fields->if_contains("ok");
    if (ok == nullptr || *ok == true) continue;
    result += fmt::format("{}{}: {}", result.empty() ? "" : "; ", display_text(name, kLongestText),
                          text(*fields, "", "detail"));
  }
  return result;
}

std::string status_text(const json::object& health) {
  const std::string failures = failures_text(health);
  const std::string version = text(health, "", "version");
  const double uptime = number(health, "", "uptime").value_or(0);
  return line("recording", recording_text(health)) +
         line("file", text(health, "", "current_file")) + line("frames", frames_text(health)) +
         line("camera", camera_text(health)) + line("disk", disk_text(health)) +
         line("archive", archive_text(health)) + line("no page", page_text(health)) +
         line("https", certificate_text(health)) +
         line("health", is_healthy(health) ? "ok" : "failing: " + failures) +
         line("program",
              fmt::format("mini-dvr {}, running for {}", version, duration_text(uptime)));
}

}  // namespace minidvr::doctor
