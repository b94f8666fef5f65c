#include "unit/support/failing_disk.hpp"

#include <atomic>
#include <cerrno>
#include <mutex>
#include <string_view>
#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::mutex removal_mutex;
std::string unremovable_ending;  // empty: all can be removed
std::atomic<bool> next_sync_fails{false};

bool is_unremovable(const char* name) {
  const std::lock_guard lock(removal_mutex);
  return !unremovable_ending.empty() && std::string_view(name).ends_with(unremovable_ending);
}

}  // namespace

namespace minidvr::test {

FailingRemoval::FailingRemoval(std::string name_ending) {
  const std::lock_guard lock(removal_mutex);
  unremovable_ending = std::move(name_ending);
}

FailingRemoval::~FailingRemoval() {
  const std::lock_guard lock(removal_mutex);
  unremovable_ending.clear();
}

FailingSync::FailingSync() {
  next_sync_fails = true;
}

FailingSync::~FailingSync() {
  next_sync_fails = false;
}

}  // namespace minidvr::test

// In the place of those of the C library, which stands behind this program.
extern "C" {

int unlinkat(int folder, const char* name, int flags) noexcept {
  if (is_unremovable(name)) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags));
}

int fsync(int file) {
  if (next_sync_fails.exchange(false)) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, file));
}
}
