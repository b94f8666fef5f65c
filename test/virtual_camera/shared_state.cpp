#include "shared_state.hpp"

#include <cerrno>
#include <climits>
#include <cstring>
#include <new>
#include <utility>

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace minidvr::virtual_camera {
namespace {

constexpr mode_t file_mode = 0660;  // as udev gives a camera: the owner and its group

std::string system_problem(const char* what, const char* path) {
  const int error = errno;
  return std::string(what) + " " + path + ": " + std::strerror(error);
}

// Not open(): where the camera library is preloaded, that would open the camera instead of the file
// behind it.
int open_file(const char* path) {
  return static_cast<int>(
      ::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, file_mode));
}

// Writes the defaults in one piece while no other process can look: readers take the same lock
// first.
bool write_defaults(int descriptor) {
  alignas(SharedState) std::array<std::byte, sizeof(SharedState)> bytes{};
  auto* state = new (bytes.data()) SharedState;
  set_default_controls(*state);
  return ::pwrite(descriptor, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
}

std::string check_layout(const SharedState& state, const char* path) {
  if (state.magic != SharedState::expected_magic) {
    return std::string(path) + " is not a virtual camera's state file";
  }
  if (state.version != SharedState::current_version || state.size != sizeof(SharedState)) {
    return std::string(path) + " was made by another version of the virtual camera; remove it";
  }
  return {};
}

// An open file description lock on one byte, far from flock(), which only guards the file's
// creation.
int stream_lock(int descriptor, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0;
  lock.l_len = 1;
  return ::fcntl(descriptor, F_OFD_SETLK, &lock);
}

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
  return ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), operation, value, nullptr,
                   nullptr, 0);
}

}  // namespace

std::optional<SharedStateFile> SharedStateFile::open(const char* path, std::string& problem) {
  const int descriptor = open_file(path);
  if (descriptor < 0) {
    problem = system_problem("cannot open", path);
    return std::nullopt;
  }
  SharedStateFile file(descriptor, nullptr);

  struct stat status {};
  ::flock(descriptor, LOCK_EX);
  bool complete = ::fstat(descriptor, &status) == 0;
  if (complete && status.st_size == 0) {
    complete = write_defaults(descriptor);
    status.st_size = sizeof(SharedState);
  }
  if (!complete) {
    problem = system_problem("cannot set up", path);
  }
  ::flock(descriptor, LOCK_UN);
  if (!complete) {
    return std::nullopt;
  }
  if (status.st_size < static_cast<off_t>(sizeof(SharedState))) {
    problem = std::string(path) +
              " is not a virtual camera's state file (or of another version): " +
              std::to_string(status.st_size) + " bytes";
    return std::nullopt;
  }

  void* memory =
      ::mmap(nullptr, sizeof(SharedState), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) {
    problem = system_problem("cannot map", path);
    return std::nullopt;
  }
  file.state_ = static_cast<SharedState*>(memory);
  problem = check_layout(*file.state_, path);
  if (!problem.empty()) {
    return std::nullopt;
  }
  return file;
}

SharedStateFile::SharedStateFile(SharedStateFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      state_(std::exchange(other.state_, nullptr)) {}

SharedStateFile::~SharedStateFile() {
  if (state_ != nullptr) {
    ::munmap(state_, sizeof(SharedState));
  }
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

bool SharedStateFile::lock_stream() const {
  return stream_lock(descriptor_, F_WRLCK) == 0;
}

void SharedStateFile::unlock_stream() const {
  stream_lock(descriptor_, F_UNLCK);
}

void set_default_controls(SharedState& state) {
  const auto catalog = control_catalog();
  for (std::size_t i = 0; i < catalog.size(); ++i) {
    state.control_values[i] = catalog[i].default_value;
  }
  ++state.control_serial;
}

bool is_active(const SharedState& state, const Control& control) {
  return control.active_when.master == 0 ||
         control_value(state, control.active_when.master) == control.active_when.master_value;
}

std::int32_t control_value(const SharedState& state, std::uint32_t id) {
  const std::size_t index = find_control(id);
  return index < control_catalog().size() ? state.control_values[index].load() : 0;
}

void announce_switch(SharedState& state) {
  ++state.switch_serial;
  futex(state.switch_serial, FUTEX_WAKE, INT_MAX);
}

void wait_for_switch(SharedState& state, std::uint32_t seen) {
  futex(state.switch_serial, FUTEX_WAIT, seen);
}

}  // namespace minidvr::virtual_camera
