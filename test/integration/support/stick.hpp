// A disk that is plugged in and pulled.
#pragma once

#include "integration/support/small_disk.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>

#include <sys/mount.h>

namespace minidvr::test {

class Stick {
 public:
  // False: no right to mount.
  bool usable() const { return disk_.mounted(); }
  ~Stick() { pull(); }

  bool plug() {
    return ::mount(disk_.path().c_str(), place_.path().c_str(), nullptr, MS_BIND, nullptr) == 0;
  }
  // As a lazy unmount does: what is open stays so, and its path leads to what lies below.
  bool pull() { return ::umount2(place_.path().c_str(), MNT_DETACH) == 0; }

  // As a plain umount does: refused while somebody has something of it open.
  bool unmount() { return ::umount2(place_.path().c_str(), 0) == 0; }

  // Where it is plugged in.
  const std::filesystem::path& place() const { return place_.path(); }
  // Where what is on it can always be seen.
  const std::filesystem::path& content() const { return disk_.path(); }

 private:
  SmallDisk disk_{"200m"};
  TemporaryFolder place_;
};

}  // namespace minidvr::test
