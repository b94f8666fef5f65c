// UTF-8: what comes from outside is checked, what goes out is valid.
#pragma once

#include <string>
#include <string_view>

namespace minidvr {

// Bytes of the well-formed character at the front; 0 when there is none (RFC 3629: no overlong
// forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text);

// Of one well-formed character: whether it is C0, DEL or C1 (U+0080 to U+009F, which terminals obey
// likewise).
bool is_control(std::string_view character);

bool is_utf8(std::string_view text);

// `text` with U+FFFD in the place of each run of bytes that is no character.
std::string repaired_utf8(std::string_view text);

// The same for one line that people read: control characters (those of a terminal, too) become
// blanks, and it is cut at `longest` bytes, between two characters.
std::string display_text(std::string_view text, std::size_t longest);

}  // namespace minidvr
