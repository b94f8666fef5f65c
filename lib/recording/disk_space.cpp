#include "recording/disk_space.hpp"

#include "core/file.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <linux/magic.h>
#include <sys/statfs.h>

namespace minidvr::recording {
namespace {

// Others make room for more when they need it, or tell numbers that mean nothing.
bool counts_files(const struct statfs& info) {
  return info.f_files > 0 && (info.f_type == EXT4_SUPER_MAGIC || info.f_type == TMPFS_MAGIC);
}

}  // namespace

std::uint64_t largest_file_of(const struct statfs& info) {
  return info.f_type == MSDOS_SUPER_MAGIC ? std::numeric_limits<std::uint32_t>::max() : kAnySize;
}

Result<DiskSpace> disk_space(const std::filesystem::path& folder) {
  std::error_code ec;
  std::filesystem::path existing = std::filesystem::absolute(folder, ec);
  struct statfs info {};
  while (::statfs(existing.c_str(), &info) != 0) {
    // What is there and does not answer is no folder that is still to be made: what lies above a
    // mount point is another disk.
    if (errno != ENOENT || !existing.has_relative_path()) {
      return make_error(Errc::unavailable, fmt::format("cannot ask for the free space of {}: {}",
                                                       folder.string(), errno_text(errno)));
    }
    existing = existing.parent_path();
  }
  // Unsigned in statvfs, which is made of this; 0: the kernel tells no fragments, only blocks.
  const auto unit = static_cast<std::uint64_t>(info.f_frsize != 0 ? info.f_frsize : info.f_bsize);
  DiskSpace space{std::uint64_t{info.f_bavail} * unit, std::uint64_t{info.f_blocks} * unit};
  if (counts_files(info)) space.files_free = info.f_ffree;
  space.largest_file = largest_file_of(info);
  return space;
}

}  // namespace minidvr::recording
