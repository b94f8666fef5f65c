// How much a disk still takes.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>

#include <sys/statfs.h>

namespace minidvr::recording {

// What is known of no limit.
inline constexpr std::uint64_t kAnySize = std::numeric_limits<std::uint64_t>::max();

struct DiskSpace {
  std::uint64_t free = 0;   // bytes that this user may still use
  std::uint64_t total = 0;  // bytes; 0: it does not tell, as some behind FUSE
  // How many files it takes beside those that are there, where their number was fixed when it was
  // made (ext4, tmpfs).
  std::optional<std::uint64_t> files_free = {};
  std::uint64_t largest_file = kAnySize;  // bytes
  bool is_known() const { return total > 0; }
  bool takes_fewer_files_than(std::uint64_t count) const {
    return files_free && *files_free < count;
  }
};

// Bytes that one file takes there at the most. FAT has 32 bits for it. Behind FUSE or a network
// nobody tells.
std::uint64_t largest_file_of(const struct statfs& info);

// Of the file system that holds `folder`, or that would when it is not there yet. Blocks.
Result<DiskSpace> disk_space(const std::filesystem::path& folder);

}  // namespace minidvr::recording
