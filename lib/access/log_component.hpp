#pragma once

namespace minidvr::access {

inline constexpr const char* kComponent = "access";

}  // namespace minidvr::access
