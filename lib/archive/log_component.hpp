// What the lines of this room are called in the log.
#pragma once

namespace minidvr::archive {

inline constexpr const char* kComponent = "archive";

}  // namespace minidvr::archive
