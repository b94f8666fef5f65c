// What the lines of this room are called in the log.
#pragma once

namespace minidvr::http {

inline constexpr const char* kComponent = "http";
inline constexpr const char* kWebSocketComponent = "websocket";

}  // namespace minidvr::http
