// How fast a folder's disk takes what is written. Blocks.
#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace minidvr::doctor {

// Two seconds of a usual stream: a recording that runs waits for them in memory.
inline constexpr std::uint64_t kTrialBytes = 8 << 20;
// Not begun with less room than this: the recording needs it more.
inline constexpr std::uint64_t kTrialRoom = 8 * kTrialBytes;
// A slow disk is known to be slow before all is written.
inline constexpr seconds kTrialLimit{3};

struct DiskTrial {
  int error = 0;               // errno; 0: all went well
  std::optional<double> rate;  // bytes a second
};

// Writes and syncs as a recording does, a second of it at a time, to a file without a name, which
// is gone when this returns, and also when it never does.
DiskTrial try_disk(const std::filesystem::path& folder);

}  // namespace minidvr::doctor
