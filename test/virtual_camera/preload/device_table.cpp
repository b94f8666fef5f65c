#include "device_table.hpp"

#include "real_calls.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>

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

const char* camera_path() {
  static const char* const path = [] {
    const char* value = std::getenv("MINIDVR_VIRTUAL_CAMERA");
    return value != nullptr && value[0] == '/' ? ::strdup(value)
                                               : nullptr;  // the host may change its environment
  }();
  return path;
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

std::optional<SharedStateFile> open_state() {
  std::string problem;
  auto file = SharedStateFile::open(camera_path(), problem);
  if (!file) {
    report(problem);
  }
  return file;
}

}  // namespace

bool is_camera(const char* path) {
  return path != nullptr && !Bypass::active() && camera_path() != nullptr &&
         std::strcmp(path, camera_path()) == 0;
}

int probe_access() {
  const Bypass bypass;
  const auto file = open_state();
  if (!file || (*file)->unplugged != 0) {
    return -ENOENT;
  }
  return (*file)->refusal == Refusal::access ? -EACCES : 0;
}

int probe_camera() {
  const Bypass bypass;
  const auto file = open_state();
  return file && (*file)->unplugged == 0 ? 0 : -ENOENT;
}

int open_camera(int flags) {
  const Bypass bypass;
  auto file = open_state();
  if (!file || (*file)->unplugged != 0) {
    return -ENOENT;
  }
  if ((*file)->refusal == Refusal::access) {
    return -EACCES;
  }
  if ((*file)->refusal == Refusal::open) {
    return -EBUSY;
  }
  auto device = Device::open(std::move(*file), flags);
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
