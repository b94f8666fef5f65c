// Text that a driver made up and v4l2-ctl printed: it may hold any bytes.
#pragma once

#include <string>
#include <string_view>

namespace minidvr::controls {

// `text` with every byte that is not part of valid UTF-8 replaced by U+FFFD, so that it can be
// JSON.
std::string valid_utf8(std::string_view text);

// The same for one line that people read: control characters become blanks, and it is cut at
// `longest` bytes.
std::string display_text(std::string_view text, std::size_t longest);

// Undoes the escapes that v4l2-ctl writes string values with: \n \r \f \\ and \xHH.
std::string unescape(std::string_view text);

}  // namespace minidvr::controls
