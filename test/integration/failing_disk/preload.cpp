// A disk that fails when a test says so, for one program and its children: preloaded, it reads the
// file named by FAILING_DISK_FILE at each call that it may break. Its words:
//   sync        fsync and fdatasync of files in .partial fail with EIO
//   trailer     what ffmpeg writes after it went back to a file's head fails with ENOSPC;
//   trailer EIO with EIO
//   slow        fsync and fdatasync of any file take two seconds
//   hang        who opens recordings folders, or asks for their space, waits as long as it says so
//   stop, kill  ffmpeg is stopped, or killed, when it has gone back to a file's head to write there

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

constexpr off64_t kHead = 64;  // bytes; the header begins within

bool told(const char* word) {
  const char* name = std::getenv("FAILING_DISK_FILE");
  if (name == nullptr) return false;
  const int file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC));
  if (file < 0) return false;
  char text[32] = {};
  const auto length = ::syscall(SYS_read, file, text, sizeof text - 1);
  ::syscall(SYS_close, file);
  return length > 0 && std::strncmp(text, word, std::strlen(word)) == 0;
}

bool is_partial(int file) {
  char link[32] = "/proc/self/fd/";
  char* at = link + std::strlen(link);
  char digits[12];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + file % 10);
    file /= 10;
  } while (file > 0);
  std::reverse_copy(digits, digits + count, at);
  at[count] = '\0';
  char path[4096];
  const auto length = ::readlink(link, path, sizeof path - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return std::strstr(path, "/.partial/") != nullptr;
}

void wait_while_it_hangs(const char* path) {
  constexpr timespec kPause{0, 20'000'000};
  while (std::strstr(path, "/recordings") != nullptr && told("hang"))
    ::nanosleep(&kPause, nullptr);
}

int in_trailer = -1;  // the file whose head is being written

off64_t go_to(int file, off64_t offset, int whence) {
  const bool head = whence == SEEK_SET && offset > 0 && offset < kHead && is_partial(file);
  in_trailer = head ? file : in_trailer == file ? -1 : in_trailer;
  if (head && told("kill")) ::raise(SIGKILL);
  if (head && told("stop")) ::raise(SIGSTOP);
  return ::syscall(SYS_lseek, file, offset, whence);
}

int sync_with(long call, int file) {
  if (is_partial(file) && told("sync")) {
    errno = EIO;
    return -1;
  }
  constexpr timespec kSlow{2, 0};
  if (told("slow")) ::nanosleep(&kSlow, nullptr);
  return static_cast<int>(::syscall(call, file));
}

}  // namespace

extern "C" {

off64_t lseek64(int file, off64_t offset, int whence) noexcept {
  return go_to(file, offset, whence);
}

off_t lseek(int file, off_t offset, int whence) noexcept {
  return go_to(file, offset, whence);
}

ssize_t write(int file, const void* data, size_t size) {
  if (file == in_trailer && told("trailer")) {
    errno = told("trailer EIO") ? EIO : ENOSPC;
    return -1;
  }
  return ::syscall(SYS_write, file, data, size);
}

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list more;
    va_start(more, flags);
    mode = va_arg(more, mode_t);
    va_end(more);
  }
  wait_while_it_hangs(path);
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

int statvfs(const char* path, struct statvfs* info) noexcept {
  using Call = int (*)(const char*, struct statvfs*);
  static const auto call = reinterpret_cast<Call>(::dlsym(RTLD_NEXT, "statvfs"));
  wait_while_it_hangs(path);
  return call(path, info);
}

int fsync(int file) {
  return sync_with(SYS_fsync, file);
}

int fdatasync(int file) {
  return sync_with(SYS_fdatasync, file);
}
}
