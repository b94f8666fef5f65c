// Memory that looks like a disk.
#pragma once

#include "support/temporary_folder.hpp"

#include <filesystem>
#include <string>

#include <sys/mount.h>

namespace minidvr::test {

// Mounting needs a right that not everybody has: without it mounted() is false, and a test says so.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size = "50m")
      : options_("size=" + size),
        mounted_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options_.c_str()) == 0) {}
  SmallDisk(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return folder_.path(); }

  // False: that failed.
  bool set_read_only(bool read_only) const {
    const unsigned long flags =
        MS_REMOUNT | (read_only ? static_cast<unsigned long>(MS_RDONLY) : 0UL);
    return ::mount("tmpfs", path().c_str(), "tmpfs", flags, options_.c_str()) == 0;
  }

 private:
  TemporaryFolder folder_;
  std::string options_;
  bool mounted_;
};

}  // namespace minidvr::test
