#include "controls/camera_identity.hpp"

#include "controls/reported_text.hpp"
#include "core/text.hpp"

namespace minidvr::controls {
namespace {

constexpr std::size_t kLongestField = 64;  // the kernel's have 15 or 31 characters

}  // namespace

std::optional<CameraIdentity> parse_identity(std::string_view info) {
  CameraIdentity identity;
  // A media device tells its own driver and bus further down: the first of each is the camera's.
  const auto keep_first = [](std::string& field, std::string_view value) {
    if (field.empty()) field = display_text(value, kLongestField);
  };
  while (!info.empty()) {
    const auto end = info.find('\n');
    const std::string_view line = info.substr(0, end);
    info.remove_prefix(end == std::string_view::npos ? info.size() : end + 1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1));
    if (key == "Driver name") keep_first(identity.driver, value);
    if (key == "Card type") keep_first(identity.card, value);
    if (key == "Bus info") keep_first(identity.bus, value);
  }
  if (identity.driver.empty() || identity.card.empty() || identity.bus.empty()) return std::nullopt;
  return identity;
}

}  // namespace minidvr::controls
