// Reads what v4l2-ctl prints. It has no form for programs, so this is it.
#pragma once

#include "v4l2/control.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::v4l2 {

// A line that is not understood. It costs itself, never the lines around it.
struct SkippedLine {
  std::string text;    // cut, without control characters
  std::string reason;  // for the log
  bool operator==(const SkippedLine&) const = default;
};

struct Listing {
  ControlList controls;
  std::vector<SkippedLine> skipped;  // at most the first few
  std::size_t skipped_count = 0;
};

// What `v4l2-ctl --list-ctrls-menus` prints. Never fails: any bytes give a listing, at worst an
// empty one with skipped lines.
Listing parse_listing(std::string_view text);

// Which camera it is, so that its settings find it again after it was unplugged or got another
// device number. As the driver reports it (VIDIOC_QUERYCAP).
struct CameraIdentity {
  std::string driver;  // uvcvideo
  std::string card;    // HD Pro Webcam C920
  std::string bus;     // usb-0000:01:00.0-1.2
  auto operator<=>(const CameraIdentity&) const = default;
};

// What `v4l2-ctl --info` prints. None when there is no driver, card or bus in it.
std::optional<CameraIdentity> parse_identity(std::string_view info);

}  // namespace minidvr::v4l2
