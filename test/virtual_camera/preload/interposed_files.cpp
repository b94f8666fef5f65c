// Replacements for the C library's calls about paths: opening and examining the camera.
#include "device_table.hpp"
#include "real_calls.hpp"

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MINIDVR_INTERPOSE extern "C" __attribute__((visibility("default")))

using namespace minidvr::virtual_camera;

namespace {

// What v4l2-ctl reads to learn that a character device with this number is a video device. Shown
// only once this process was told the number, so that another program's look at a real camera stays
// true.
std::atomic<std::uint64_t> numbers_told{0};  // bits
constexpr std::string_view device_prefix = "/sys/dev/char/81:";

void tell_number(unsigned minor) {
  numbers_told |= std::uint64_t{1} << minor;
}

// The number of a path of sysfs that is about such a device, and ends in `what`.
std::optional<unsigned> number_in(const char* path, std::string_view what) {
  std::string_view text(path);
  if (!text.starts_with(device_prefix) || !text.ends_with(what)) return std::nullopt;
  const std::string number(
      text.substr(device_prefix.size(), text.size() - device_prefix.size() - what.size()));
  const unsigned minor = minor_of(number.c_str());
  const bool is_told = (numbers_told >> minor & 1U) != 0;
  return is_told && number == std::to_string(minor) ? std::optional(minor) : std::nullopt;
}

// What is plugged in, as /sys/class/video4linux shows it, where a test has a folder for that.
constexpr std::string_view class_folder = "/sys/class/video4linux";

class ShownPath {
 public:
  explicit ShownPath(const char* path) : path_(path) {
    const char* folder = std::getenv("MINIDVR_VIRTUAL_CAMERA_CLASS");
    if (folder == nullptr || path == nullptr || !std::string_view(path).starts_with(class_folder))
      return;
    other_ = folder;
    other_ += path + class_folder.size();
    path_ = other_.c_str();
  }
  const char* get() const { return path_; }

 private:
  std::string other_;
  const char* path_;
};

int as_call_result(int result) {
  if (result >= 0) {
    return result;
  }
  errno = -result;
  return -1;
}

mode_t mode_argument(int flags, va_list arguments) {
  const bool creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return creates ? static_cast<mode_t>(va_arg(arguments, unsigned)) : 0;
}

// What else the system says about that number belongs to some other, real camera.
constexpr std::string_view device_folder = "/device";

// libstdc++'s streams read through the descriptor, so the text needs a real file behind it.
std::FILE* open_uevent(unsigned minor) {
  const Bypass bypass;
  const int descriptor = ::memfd_create("uevent", MFD_CLOEXEC);
  if (descriptor < 0) {
    return nullptr;
  }
  std::FILE* file = ::fdopen(descriptor, "w+");
  std::fprintf(file, "MAJOR=%u\nMINOR=%u\nDEVNAME=video%u\n", video_major, minor, minor);
  std::fflush(file);
  std::rewind(file);
  return file;
}

std::FILE* open_stream(const char* path, const char* mode) {
  if (const auto minor = number_in(path, "/uevent")) return open_uevent(*minor);
  return real::calls().fopen(path, mode);
}

// The calls below come in two sizes. They are the same where offsets always have 64 bits; elsewhere
// a program uses those that it was built for.
template <class Stat>
int stat_camera(const char* path, Stat* status, int (*real_stat)(const char*, Stat*)) {
  const int result = probe_camera(path);
  if (result == 0 && real_stat(path, status) == 0) {
    describe_node(*status, minor_of(path));
    tell_number(minor_of(path));
  }
  return as_call_result(result);
}

template <class Stat>
int stat_descriptor(int descriptor, Stat* status, int (*real_fstat)(int, Stat*)) {
  const int result = real_fstat(descriptor, status);
  const auto device = result == 0 ? find_device(descriptor) : nullptr;
  if (device) {
    describe_node(*status, device->number());
    tell_number(device->number());
  }
  return result;
}

}  // namespace

MINIDVR_INTERPOSE int open(const char* path, int flags, ...) {
  if (is_camera(path)) {
    return as_call_result(open_camera(path, flags));
  }
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return real::calls().open(ShownPath(path).get(), flags, mode);
}

MINIDVR_INTERPOSE int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open(path, flags | O_LARGEFILE, mode);
}

// NOLINTBEGIN(bugprone-reserved-identifier): so the C library calls them
MINIDVR_INTERPOSE int __open_2(const char* path, int flags) {
  return open(path, flags);
}

MINIDVR_INTERPOSE int __open64_2(const char* path, int flags) {
  return open(path, flags | O_LARGEFILE);
}
// NOLINTEND(bugprone-reserved-identifier)

MINIDVR_INTERPOSE int openat(int directory, const char* path, int flags, ...) {
  if (is_camera(path)) {
    return as_call_result(open_camera(path, flags));
  }
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return real::calls().openat(directory, ShownPath(path).get(), flags, mode);
}

MINIDVR_INTERPOSE int openat64(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return openat(directory, path, flags | O_LARGEFILE, mode);
}

MINIDVR_INTERPOSE std::FILE* fopen(const char* path, const char* mode) {
  return open_stream(path, mode);
}

MINIDVR_INTERPOSE std::FILE* fopen64(const char* path, const char* mode) {
  return open_stream(path, mode);
}

MINIDVR_INTERPOSE DIR* opendir(const char* path) {
  if (number_in(path, device_folder)) {
    errno = ENOENT;
    return nullptr;
  }
  return real::calls().opendir(ShownPath(path).get());
}

MINIDVR_INTERPOSE ssize_t readlink(const char* path, char* target, std::size_t size) noexcept {
  return real::calls().readlink(ShownPath(path).get(), target, size);
}

MINIDVR_INTERPOSE int stat(const char* path, struct stat* status) noexcept {
  const auto real_stat = real::calls().stat;
  return is_camera(path) ? stat_camera(path, status, real_stat) : real_stat(path, status);
}

MINIDVR_INTERPOSE int lstat(const char* path, struct stat* status) noexcept {
  return is_camera(path) ? stat_camera(path, status, real::calls().stat)
                         : real::calls().lstat(path, status);
}

MINIDVR_INTERPOSE int fstat(int descriptor, struct stat* status) noexcept {
  return stat_descriptor(descriptor, status, real::calls().fstat);
}

MINIDVR_INTERPOSE int fstatat(int directory, const char* path, struct stat* status,
                              int flags) noexcept {
  return is_camera(path) ? stat_camera(path, status, real::calls().stat)
                         : real::calls().fstatat(directory, path, status, flags);
}

MINIDVR_INTERPOSE int stat64(const char* path, struct stat64* status) noexcept {
  const auto real_stat = real::calls().stat64;
  return is_camera(path) ? stat_camera(path, status, real_stat) : real_stat(path, status);
}

MINIDVR_INTERPOSE int lstat64(const char* path, struct stat64* status) noexcept {
  return is_camera(path) ? stat_camera(path, status, real::calls().stat64)
                         : real::calls().lstat64(path, status);
}

MINIDVR_INTERPOSE int fstat64(int descriptor, struct stat64* status) noexcept {
  return stat_descriptor(descriptor, status, real::calls().fstat64);
}

MINIDVR_INTERPOSE int fstatat64(int directory, const char* path, struct stat64* status,
                                int flags) noexcept {
  return is_camera(path) ? stat_camera(path, status, real::calls().stat64)
                         : real::calls().fstatat64(directory, path, status, flags);
}

MINIDVR_INTERPOSE int statx(int directory, const char* path, int flags, unsigned mask,
                            struct statx* status) noexcept {
  const bool camera = is_camera(path);
  if (camera && probe_camera(path) != 0) {
    return as_call_result(-ENOENT);
  }
  const int result = real::calls().statx(directory, path, flags, mask, status);
  if (result == 0 && camera) {
    struct stat node {};
    describe_node(node, minor_of(path));
    status->stx_mode = static_cast<std::uint16_t>(node.st_mode);
    status->stx_rdev_major = ::major(node.st_rdev);
    status->stx_rdev_minor = ::minor(node.st_rdev);
    status->stx_size = 0;
    status->stx_blocks = 0;
    tell_number(minor_of(path));
  }
  return result;
}

MINIDVR_INTERPOSE int access(const char* path, int mode) noexcept {
  if (is_camera(path)) {
    if (const int refused = probe_access(path); refused != 0) {
      return as_call_result(refused);
    }
  }
  return real::calls().access(path, mode);
}

MINIDVR_INTERPOSE int faccessat(int directory, const char* path, int mode, int flags) noexcept {
  if (is_camera(path)) {
    if (const int refused = probe_access(path); refused != 0) {
      return as_call_result(refused);
    }
  }
  return real::calls().faccessat(directory, path, mode, flags);
}
