// What a file must be called to be a recording of ours: YYYYmmdd_HHMMSS.mp4, with _1, _2, ...
// before the ending when the name was taken. Nothing else is listed, opened or removed, so that no
// name of a client becomes a path.
#pragma once

#include "core/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace minidvr::archive {

bool is_recording_name(std::string_view name);

// The local time that a recording's name tells, whole seconds. nullopt when it is no such name, or
// there is no such date. An hour that comes twice, at the end of daylight saving, is taken for the
// first.
std::optional<WallTime> time_in_name(std::string_view name);

// 20261124_101000 of 20261124_101000.mp4, which must be a recording's name.
std::string stem_of(std::string_view name);

// NAME.json for NAME.mp4, which must be a recording's name.
std::string sidecar_name(std::string_view name);

}  // namespace minidvr::archive
