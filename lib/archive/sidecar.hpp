// The text of NAME.json, which lies beside the recording NAME.mp4 and holds what only people know:
//
//   {"protected":true,"note":"…","marks":[
//     {"id":"00c0ffee00c0ffee","at":"2026-11-24T10:07:12.345678Z","label":"…"}]}
//
// on one line. Scripts may write it, too: what is left out is false or empty (a mark needs its id
// and time), the marks may be in any order, a time in any form that parse_time knows. Members of
// other names are ignored, and gone when the program writes the file the next time.
// No I/O here.
#pragma once

#include "archive/recording.hpp"
#include "core/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace minidvr::archive {

inline constexpr std::size_t kLongestNote = 1000;      // bytes: a paragraph beside a picture
inline constexpr std::size_t kLongestMarkLabel = 200;  // bytes: a line on the timeline
// Of one recording. More would be no places to go to any more, but an edge of the timeline.
inline constexpr std::size_t kMostMarks = 1000;
// Bytes of a NAME.json. What is allowed above takes half of it at most as we write it; the rest is
// for the blanks and the members of those who write it by other means.
inline constexpr std::size_t kMostSidecarBytes = 1 << 20;

// refused unless it is UTF-8 of at most kLongestNote bytes without control characters (U+0000 to
// U+001F, U+007F to U+009F) other than newlines. May be empty.
Result<> check_note(std::string_view note);

// refused unless it is UTF-8 of at most kLongestMarkLabel bytes without control characters. May be
// empty.
Result<> check_label(std::string_view label);

// Whether it is 16 digits 0 to 9, a to f: one spelling, so that ids are equal when their texts are.
bool is_mark_id(std::string_view id);

// Takes what parse_notes gave, or what was checked with the functions above: at most kMostMarks
// marks, whose ids differ and whose times are of the years that parse_time knows. Times are rounded
// down to the microsecond.
std::string serialize_notes(const Notes& notes);

// malformed: what is wrong with the text, all of which is refused then. It may have said that the
// recording is protected.
Result<Notes> parse_notes(std::string_view text);

// For whoever may mend it: which file keeps the recording of that name, and why. Its notes must be
// unreadable.
std::string describe_unreadable(const std::string& recording, const NotesFile& notes);

}  // namespace minidvr::archive
