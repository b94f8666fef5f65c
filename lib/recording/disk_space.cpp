#include "recording/disk_space.hpp"

#include "core/file.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <sys/statvfs.h>

namespace minidvr::recording {

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
  return DiskSpace{std::uint64_t{info.f_bavail} * info.f_frsize,
                   std::uint64_t{info.f_blocks} * info.f_frsize};
}

}  // namespace minidvr::recording
