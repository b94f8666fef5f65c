#include "boot_id.hpp"

#include "../log_format.hpp"

#include <cstdlib>
#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

namespace minidvr::power_cut {

int opened_boot_id(const char* path) {
  if (path == nullptr || std::strcmp(path, "/proc/sys/kernel/random/boot_id") != 0) return -1;
  const char* id = std::getenv(kBootIdVariable);
  if (id == nullptr) return -1;
  const int fd = ::memfd_create("boot_id", MFD_CLOEXEC);
  if (fd < 0) return -1;
  const bool written = ::pwrite(fd, id, std::strlen(id), 0) > 0;
  if (written) return fd;
  ::close(fd);
  return -1;
}

}  // namespace minidvr::power_cut
