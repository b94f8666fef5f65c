// How JPEGs follow each other in one response: multipart/x-mixed-replace, as ustreamer writes it.
#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace minidvr::api::multipart {

inline constexpr std::string_view kContentType =
    "multipart/x-mixed-replace;boundary=boundarydonotcross";
inline constexpr std::string_view kFirstBoundary = "--boundarydonotcross\r\n";
// Sent with the part that it ends, not with the next one: browsers show a part when they see its
// end.
inline constexpr std::string_view kNextBoundary = "\r\n--boundarydonotcross\r\n";

// The lines before a frame's bytes. `recording`: the file that it lies in; empty: none.
std::string part_head(std::size_t bytes, WallTime captured, std::string_view recording = {});

}  // namespace minidvr::api::multipart
