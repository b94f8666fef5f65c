// What segments are called, and where they lie while they are written.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"

#include <filesystem>
#include <string>

namespace minidvr::recording {

// RECORDINGS/.partial: what is being written. A .mp4 leaves it only when it is complete.
std::filesystem::path partial_dir(const std::filesystem::path& recordings_dir);

// A name without ".mp4" that no finished or partial segment has: 20261123_101000, or with _1, _2,
// ... behind it. Looks at the disk.
std::string free_stem(const std::filesystem::path& recordings_dir, WallTime first_frame);

// Moves a complete segment from .partial/STEM.mp4 to where people see it, never over an existing
// file, and makes that durable. Returns the name that it has then, which is another one when
// somebody took it meanwhile.
Result<std::string> publish(const std::filesystem::path& recordings_dir, const std::string& stem);

}  // namespace minidvr::recording
