// Text that a driver made up and v4l2-ctl printed: it may hold any bytes.
#pragma once

#include "core/utf8.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace minidvr::controls {

// Bytes that are shown of a name that a client or a file made up.
inline constexpr std::size_t kLongestShown = 80;

// Undoes the escapes that v4l2-ctl writes string values with: \n \r \f \\ and \xHH.
std::string unescape(std::string_view text);

}  // namespace minidvr::controls
