#include "api/status_changes.hpp"

#include <cmath>
#include <string_view>
#include <utility>

#include <boost/json/value.hpp>

namespace minidvr::api {
namespace json = boost::json;
namespace {

// Measured rates always move by less than this.
constexpr double kFpsNoise = 0.1;
constexpr double kDataRateNoise = 0.05;  // of the rate itself

bool is_noise(std::string_view key, const json::value& known, const json::value& now) {
  if (key == "reaches_back_seconds") return known.is_double();
  if (key == "time" || key == "uptime" || key == "seconds" || key == "last_frame_age") return true;
  // It is now minus the seconds, and so off by a millisecond now and then.
  if (key == "recording_started_at") return known.is_string();
  if (!known.is_double() || !now.is_double()) return false;
  const double change = std::abs(known.get_double() - now.get_double());
  if (key == "bytes_per_second") return change < kDataRateNoise * known.get_double();
  const bool stopped_or_started = (known.get_double() == 0) != (now.get_double() == 0);
  return key == "fps" && !stopped_or_started && change < kFpsNoise;
}

struct Changes {
  json::object fields;
  bool significant = false;
};

Changes changes_between(const json::object& known, const json::object& now) {
  Changes changes;
  for (const auto& pair : now) {
    const std::string_view key = pair.key();
    const json::value* before = known.if_contains(pair.key());
    if (before != nullptr && *before == pair.value()) continue;
    if (before != nullptr && before->is_object() && pair.value().is_object()) {
      Changes inner = changes_between(before->get_object(), pair.value().get_object());
      changes.significant |= inner.significant;
      changes.fields[pair.key()] = std::move(inner.fields);
      continue;
    }
    const json::value none;
    changes.significant |= !is_noise(key, before != nullptr ? *before : none, pair.value());
    changes.fields[pair.key()] = pair.value();
  }
  for (const auto& pair : known) {
    if (now.contains(pair.key())) continue;
    changes.significant = true;
    changes.fields[pair.key()] = nullptr;
  }
  return changes;
}

}  // namespace

std::optional<json::object> status_changes(const json::object& known, const json::object& now) {
  Changes changes = changes_between(known, now);
  if (!changes.significant) return std::nullopt;
  return std::move(changes.fields);
}

}  // namespace minidvr::api
