// Two recorders must not write to one folder.
#pragma once

#include "core/error.hpp"
#include "core/file.hpp"

#include <filesystem>

namespace minidvr {

// Held as long as the descriptor is open; the kernel lets go of it however we end. wrong_state:
// another mini-dvr records there. A folder that can not be written gives an empty lock: nothing is
// recorded there anyway, and the recorder says so. Waits a moment for an earlier run that is about
// to end.
Result<FileDescriptor> lock_recordings(const std::filesystem::path& recordings_dir);

}  // namespace minidvr
