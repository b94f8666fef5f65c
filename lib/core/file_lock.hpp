// Keeps two programs from changing the same small files at once.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"

#include <filesystem>
#include <functional>

namespace minidvr {

// Such a file is read and written within moments: whoever holds its lock for longer hangs.
inline constexpr seconds kLongestLockWait{10};

using Flock = std::function<int(int fd, int operation)>;  // as flock(2)

// Held from before a file is read until it is written anew, as long as what is returned lives. The
// lock is on its folder, which is made when it is missing: so nothing is left behind, and whoever
// may write the file can take it, root as well as the service. Where the file system has no locks
// it is empty, and a line of the log says so. unavailable when somebody else has it for `limit`.
// Blocks.
Result<FileDescriptor> lock_for_change(const std::filesystem::path& file,
                                       Steady::duration limit = kLongestLockWait,
                                       const Flock& flock = {});

}  // namespace minidvr
