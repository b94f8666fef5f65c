// How much a disk still takes.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace minidvr::recording {

struct DiskSpace {
  std::uint64_t free = 0;   // bytes that this user may still use
  std::uint64_t total = 0;  // bytes; 0: it does not tell, as some behind FUSE
  // How many files it takes beside those that are there, where their number was fixed when it was
  // made (ext4, tmpfs).
  std::optional<std::uint64_t> files_free = {};
  bool is_known() const { return total > 0; }
  bool takes_fewer_files_than(std::uint64_t count) const {
    return files_free && *files_free < count;
  }
};

// Of the file system that holds `folder`, or that would when it is not there yet. Blocks.
Result<DiskSpace> disk_space(const std::filesystem::path& folder);

}  // namespace minidvr::recording
