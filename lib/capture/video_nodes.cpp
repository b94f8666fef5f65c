#include "capture/video_nodes.hpp"

#include "core/file.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace minidvr::capture {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostAttributeBytes = 4096;  // of an attribute: a page
constexpr std::size_t kLongestLink = 4096;
constexpr std::string_view kVirtual = "virtual";

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

// Empty where there is none.
std::string attribute(const fs::path& file) {
  const auto text = read_file(file, kMostAttributeBytes);
  return text ? std::string(trim(*text, " \t\r\n")) : std::string();
}

std::string link_target(const fs::path& link) {
  std::array<char, kLongestLink> target{};
  const auto length = ::readlink(link.c_str(), target.data(), target.size());
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

// As sysfs writes it: "81:0"; empty: there is no device.
std::string number_of(const fs::path& device) {
  struct stat info {};
  if (::stat(device.c_str(), &info) != 0 || !S_ISCHR(info.st_mode)) return {};
  return fmt::format("{}:{}", major(info.st_rdev), minor(info.st_rdev));
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto end = path.find('/');
    if (const auto part = path.substr(0, end); !part.empty()) parts.push_back(part);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return parts;
}

NodeIdentity identity_of(const fs::path& node, const BusPlace& place) {
  const fs::path device = node / "device";
  NodeIdentity identity;
  identity.driver = fs::path(link_target(device / "driver")).filename().string();
  identity.card = attribute(node / "name");
  identity.bus = place.bus;
  identity.function = attribute(node / "index");
  if (place.interface.empty()) return identity;
  identity.function = place.interface + "/" + identity.function;
  // The device is one function of what is plugged in, which lies above it.
  const fs::path plugged_in = device / "..";
  identity.serial = attribute(plugged_in / "serial");
  identity.product = attribute(plugged_in / "idVendor") + ":" + attribute(plugged_in / "idProduct");
  return identity;
}

}  // namespace

bool is_kernel_name(std::string_view name) {
  constexpr std::string_view kVideo = "video";
  return name.starts_with(kVideo) && is_number(name.substr(kVideo.size()));
}

BusPlace bus_place(std::string_view link) {
  auto parts = parts_of(link);
  const auto devices = std::find(parts.begin(), parts.end(), "devices");
  const auto end = std::find(devices, parts.end(), "video4linux");
  if (end == parts.end() || end - devices < 2) return {};
  parts = {devices + 1, end};
  if (parts.front() == kVirtual) return {};
  // The number of a USB bus is given anew at each start; that of its controller stays.
  const auto bus = std::find_if(parts.begin(), parts.end(), [](std::string_view part) {
    return part.starts_with("usb") && is_number(part.substr(3));
  });
  const std::string_view last = parts.back();
  const auto dash = last.find('-');
  const auto colon = last.find(':');
  const bool is_usb = bus != parts.begin() && bus != parts.end() &&
                      dash != std::string_view::npos && colon != std::string_view::npos &&
                      dash < colon;
  if (is_usb) {
    return {fmt::format("{}/{}", *(bus - 1), last.substr(dash + 1, colon - dash - 1)),
            std::string(last.substr(colon + 1))};
  }
  std::string path;
  for (const auto& part : parts)
    path += (path.empty() ? "" : "/") + std::string(part);
  return {path, {}};
}

std::vector<VideoNode> video_nodes(const fs::path& sys, const fs::path& folder) {
  std::vector<VideoNode> nodes;
  std::error_code ec;
  for (fs::directory_iterator entry(sys / "class/video4linux", ec), end; !ec && entry != end;
       entry.increment(ec)) {
    const std::string name = entry->path().filename().string();
    if (!is_kernel_name(name)) continue;
    const auto place = bus_place(link_target(entry->path()));
    if (place.bus.empty()) continue;
    const fs::path path = folder / name;
    const auto number = attribute(entry->path() / "dev");
    if (number.empty() || number != number_of(path)) continue;
    nodes.push_back({path.string(), identity_of(entry->path(), place)});
  }
  std::sort(nodes.begin(), nodes.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return nodes;
}

}  // namespace minidvr::capture
