// Which camera it is, so that its settings find it again after it was unplugged or got another
// device number.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace minidvr::controls {

// As the driver reports them (VIDIOC_QUERYCAP).
struct CameraIdentity {
  std::string driver;  // uvcvideo
  std::string card;    // HD Pro Webcam C920
  std::string bus;     // usb-0000:01:00.0-1.2
  auto operator<=>(const CameraIdentity&) const = default;
};

// From what `v4l2-ctl --info` prints. None when there is no driver, card or bus in it.
std::optional<CameraIdentity> parse_identity(std::string_view info);

}  // namespace minidvr::controls
