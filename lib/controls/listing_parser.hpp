// Reads what `v4l2-ctl --list-ctrls-menus` prints. v4l2-ctl has no form for programs, so this is
// it.
#pragma once

#include "controls/control.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace minidvr::controls {

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

// Never fails: any bytes give a listing, at worst an empty one with skipped lines.
Listing parse_listing(std::string_view text);

}  // namespace minidvr::controls
