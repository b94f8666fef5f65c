#include "device_table.hpp"

#include "real_calls.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace minidvr::virtual_camera {
namespace {

constexpr std::size_t most_devices = 16;  // open at a time in one process; each is one descriptor

struct Entry {
  std::atomic<int> descriptor{-1};
  std::shared_ptr<Device> device;
};

struct Table {
  std::mutex mutex;
  std::atomic<int> open_devices{0};
  std::array<Entry, most_devices> entries;
};

// Never destroyed: the host's other threads may still call while it exits.
Table& table() {
  static Table& instance = *new Table;
  return instance;
}

// Never destroyed: see table(). Copied: the host may change its environment.
const std::vector<std::string>& camera_paths() {
  static const auto& paths = *new std::vector<std::string>([] {
    std::vector<std::string> found;
    const char* value = std::getenv("MINIDVR_VIRTUAL_CAMERA");
    std::string_view rest = value != nullptr ? value : "";
    while (!rest.empty()) {
      const auto end = rest.find(':');
      if (rest.front() == '/') found.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return found;
  }());
  return paths;
}

// One message for one problem: ustreamer tries again every second.
void report(const std::string& problem) {
  static std::mutex mutex;
  static std::string& reported = *new std::string;
  const std::lock_guard lock(mutex);
  if (problem != reported) {
    reported = problem;
    std::fprintf(stderr, "virtual camera: %s\n", problem.c_str());
  }
}

std::optional<SharedStateFile> open_state(const char* path) {
  // Of several names some are of no camera now.
  if (camera_paths().size() > 1 && ::syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0)
    return std::nullopt;
  std::string problem;
  auto file = SharedStateFile::open(path, problem);
  if (!file) {
    report(problem);
  }
  return file;
}

}  // namespace

bool is_camera(const char* path) {
  if (path == nullptr || path[0] != '/' || Bypass::active()) return false;
  for (const auto& one : camera_paths()) {
    if (one == path) return true;
  }
  return false;
}

unsigned minor_of(const char* path) {
  const std::string_view text(path);
  const auto end = text.find_last_not_of("0123456789");
  unsigned number = 0;
  for (const char digit : text.substr(end == std::string_view::npos ? 0 : end + 1))
    number = (number * 10 + static_cast<unsigned>(digit - '0')) % most_minors;
  return number;
}

int probe_access(const char* path) {
  const Bypass bypass;
  const auto file = open_state(path);
  if (!file || (*file)->unplugged != 0) {
    return -ENOENT;
  }
  return (*file)->refusal == Refusal::access ? -EACCES : 0;
}

int probe_camera(const char* path) {
  const Bypass bypass;
  const auto file = open_state(path);
  return file && (*file)->unplugged == 0 ? 0 : -ENOENT;
}

int open_camera(const char* path, int flags) {
  const Bypass bypass;
  auto file = open_state(path);
  if (!file || (*file)->unplugged != 0) {
    return -ENOENT;
  }
  if ((*file)->refusal == Refusal::access) {
    return -EACCES;
  }
  if ((*file)->refusal == Refusal::open) {
    return -EBUSY;
  }
  auto device = Device::open(std::move(*file), flags, minor_of(path));
  if (!device) {
    return -errno;
  }
  Table& known = table();
  const std::lock_guard lock(known.mutex);
  for (Entry& entry : known.entries) {
    if (entry.descriptor < 0) {
      const int descriptor = device->descriptor();
      entry.device = std::move(device);
      entry.descriptor = descriptor;
      ++known.open_devices;
      return descriptor;
    }
  }
  real::calls().close(device->descriptor());
  return -EMFILE;
}

std::shared_ptr<Device> find_device(int descriptor) {
  if (table().open_devices == 0 || descriptor < 0 || Bypass::active()) {
    return nullptr;
  }
  Table& known = table();
  for (Entry& entry : known.entries) {
    if (entry.descriptor == descriptor) {
      const std::lock_guard lock(known.mutex);
      return entry.descriptor == descriptor ? entry.device : nullptr;
    }
  }
  return nullptr;
}

void forget_device(int descriptor) {
  std::shared_ptr<Device> device;  // dropped outside the lock: it may wait for its thread
  {
    Table& known = table();
    const std::lock_guard lock(known.mutex);
    for (Entry& entry : known.entries) {
      if (entry.descriptor == descriptor) {
        device = std::move(entry.device);
        entry.device.reset();
        entry.descriptor = -1;
        --known.open_devices;
      }
    }
  }
  if (device && !device->in_own_process()) {
    new std::shared_ptr<Device>(
        std::move(device));  // leaked on purpose: its thread did not survive the fork
  }
  const Bypass bypass;
  device.reset();
}

}  // namespace minidvr::virtual_camera
