// What a camera offers as MJPEG, as `v4l2-ctl --list-formats-ext` prints it.
#pragma once

#include "core/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace minidvr::v4l2 {

// One picture size. A camera that takes any within bounds has two: from least to largest.
struct OfferedSize {
  Resolution least;
  Resolution largest;         // the same for most cameras
  std::vector<double> rates;  // frames a second, as printed; empty when none are told
  bool has(const Resolution& wanted) const;
  bool operator==(const OfferedSize&) const = default;
};

struct Offered {
  std::vector<std::string> formats;  // their names: MJPG, YUYV
  std::vector<OfferedSize> mjpeg;
};

// What is not understood is passed over.
Offered parse_formats(std::string_view printed);

// For people: "640x480 at 60 or 30, 1280x720 at 30".
std::string describe(const std::vector<OfferedSize>& sizes);
// "640x480 (60, 30 fps), 1280x720 (30 fps)"
std::string in_any_language(const std::vector<OfferedSize>& sizes);

}  // namespace minidvr::v4l2
