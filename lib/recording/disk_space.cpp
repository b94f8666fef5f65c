#include "recording/disk_space.hpp"

#include "core/file.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

namespace minidvr::recording {
namespace {

// Others make room for more when they need it, or tell numbers that mean nothing.
bool counts_files(const std::filesystem::path& path) {
  struct statfs info {};
  return ::statfs(path.c_str(), &info) == 0 &&
         (info.f_type == EXT4_SUPER_MAGIC || info.f_type == TMPFS_MAGIC);
}

}  // namespace

Result<DiskSpace> disk_space(const std::filesystem::path& folder) {
  std::error_code ec;
  std::filesystem::path existing = std::filesystem::absolute(folder, ec);
  while (!std::filesystem::exists(existing, ec) && existing != existing.parent_path()) {
    existing = existing.parent_path();
  }
  struct statvfs info {};
  if (::statvfs(existing.c_str(), &info) != 0) {
    return make_error(Errc::unavailable, fmt::format("cannot ask for the free space of {}: {}",
                                                     folder.string(), errno_text(errno)));
  }
  DiskSpace space{std::uint64_t{info.f_bavail} * info.f_frsize,
                  std::uint64_t{info.f_blocks} * info.f_frsize};
  if (info.f_files > 0 && counts_files(existing)) space.files_free = info.f_favail;
  return space;
}

}  // namespace minidvr::recording
