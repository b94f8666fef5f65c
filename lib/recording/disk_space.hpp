// How much a disk still takes.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <filesystem>

namespace minidvr::recording {

struct DiskSpace {
  std::uint64_t free = 0;   // bytes that this user may still use
  std::uint64_t total = 0;  // bytes; 0: it does not tell, as some behind FUSE
  bool is_known() const { return total > 0; }
};

// Of the file system that holds `folder`, or that would when it is not there yet. Blocks.
Result<DiskSpace> disk_space(const std::filesystem::path& folder);

}  // namespace minidvr::recording
