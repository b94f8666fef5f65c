// What the lines of this room are called in the log.
#pragma once

namespace minidvr::controls {

inline constexpr const char* kComponent = "controls";

}  // namespace minidvr::controls
