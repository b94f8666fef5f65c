// What a clip's file may be called. No name is taken that could lead out of its folder, hide there,
// or break a header.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"

#include <string>
#include <string_view>

namespace minidvr::archive {

// Bytes of a name that somebody wants, with its ending: any file system takes it, a number behind
// it, too.
inline constexpr std::size_t kLongestClipName = 100;

// The file's name for what somebody wants it to be called; .mp4 is added. refused: what is wrong
// with it, and what is allowed.
Result<std::string> clip_name(std::string_view wanted);

// 20261124_100712_clip.mp4, by the local time of its first frame.
std::string default_clip_name(WallTime start);

// With _1, _2, ... before the ending; `name` itself for 0.
std::string numbered_clip_name(std::string_view name, int number);
inline constexpr int kMostClipNumbers = 10'000;

// Whether a file of this name in the clips' folder is a clip.
bool is_clip_name(std::string_view name);

}  // namespace minidvr::archive
