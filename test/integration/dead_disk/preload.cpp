// A disk that answers with errors of input and output when a test says so, for one program and its
// children: preloaded, it is about what lies below DEAD_DISK_FOLDER, and reads the file named by
// DEAD_DISK_FILE at each call that it may break. Its words:
//   open    files that are there     create   new files and folders      read    what is in files
//   write   what is written          sync     fsync and the like         rename  links, too
//   list    what is in folders       unlink                              stat    sizes and space,
//   too all
//   full    no room for new folders

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

bool is_dead(const char* what) {
  const int before = errno;
  const char* name = std::getenv("DEAD_DISK_FILE");
  if (name == nullptr) return false;
  const int file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC));
  if (file < 0) {
    errno = before;
    return false;
  }
  char text[128] = {};
  const auto length = ::syscall(SYS_read, file, text, sizeof text - 1);
  ::syscall(SYS_close, file);
  errno = before;
  return length > 0 && (std::strstr(text, what) != nullptr || std::strstr(text, "all") != nullptr);
}

bool lies_there(const char* path) {
  const char* folder = std::getenv("DEAD_DISK_FOLDER");
  return folder != nullptr && std::strncmp(path, folder, std::strlen(folder)) == 0;
}

bool leads_there(const char* link) {
  const int before = errno;
  char path[4096];
  const auto length = ::syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  errno = before;
  if (length <= 0) return false;
  path[length] = '\0';
  return lies_there(path);
}

bool is_there(int file) {
  char link[32];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  return leads_there(link);
}

bool is_there(int folder, const char* path) {
  if (path[0] == '/') return lies_there(path);
  return folder == AT_FDCWD ? leads_there("/proc/self/cwd") : is_there(folder);
}

bool fails(int file, const char* what) {
  if (!is_there(file) || !is_dead(what)) return false;
  errno = EIO;
  return true;
}

bool fails(int folder, const char* path, const char* what) {
  if (!is_there(folder, path) || !is_dead(what)) return false;
  errno = EIO;
  return true;
}

int open_there(int folder, const char* path, int flags, mode_t mode) {
  if (fails(folder, path, (flags & O_CREAT) != 0 ? "create" : "open")) return -1;
  return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
}

template <class Call>
Call real(const char* name) {
  return reinterpret_cast<Call>(::dlsym(RTLD_NEXT, name));
}

int stat_there(int folder, const char* path, struct stat* info, int flags) {
  const bool is_of_file = path[0] == '\0';
  if (is_of_file ? fails(folder, "stat") : fails(folder, path, "stat")) return -1;
  return static_cast<int>(::syscall(SYS_newfstatat, folder, path, info, flags));
}

}  // namespace

#define MODE_OF(flags, mode)                                        \
  mode_t mode = 0;                                                  \
  if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) { \
    va_list more;                                                   \
    va_start(more, flags);                                          \
    mode = va_arg(more, mode_t);                                    \
    va_end(more);                                                   \
  }

extern "C" {

int open(const char* path, int flags, ...) {
  MODE_OF(flags, mode)
  return open_there(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE_OF(flags, mode)
  return open_there(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  MODE_OF(flags, mode)
  return open_there(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  MODE_OF(flags, mode)
  return open_there(folder, path, flags, mode);
}

ssize_t read(int file, void* data, size_t size) {
  if (fails(file, "read")) return -1;
  return ::syscall(SYS_read, file, data, size);
}
ssize_t pread(int file, void* data, size_t size, off_t at) {
  if (fails(file, "read")) return -1;
  return ::syscall(SYS_pread64, file, data, size, at);
}
ssize_t pread64(int file, void* data, size_t size, off64_t at) {
  return pread(file, data, size, at);
}
ssize_t sendfile(int to, int from, off_t* at, size_t size) noexcept {
  if (fails(from, "read")) return -1;
  return ::syscall(SYS_sendfile, to, from, at, size);
}
ssize_t sendfile64(int to, int from, off64_t* at, size_t size) noexcept {
  return sendfile(to, from, at, size);
}

ssize_t write(int file, const void* data, size_t size) {
  if (fails(file, "write")) return -1;
  return ::syscall(SYS_write, file, data, size);
}
ssize_t pwrite(int file, const void* data, size_t size, off_t at) {
  if (fails(file, "write")) return -1;
  return ::syscall(SYS_pwrite64, file, data, size, at);
}
ssize_t pwrite64(int file, const void* data, size_t size, off64_t at) {
  return pwrite(file, data, size, at);
}
ssize_t writev(int file, const iovec* pieces, int count) {
  if (fails(file, "write")) return -1;
  return ::syscall(SYS_writev, file, pieces, count);
}
ssize_t pwritev(int file, const iovec* pieces, int count, off_t at) {
  if (fails(file, "write")) return -1;
  return ::syscall(SYS_pwritev, file, pieces, count, at, 0);
}
int ftruncate(int file, off_t size) noexcept {
  if (fails(file, "write")) return -1;
  return static_cast<int>(::syscall(SYS_ftruncate, file, size));
}
int ftruncate64(int file, off64_t size) noexcept {
  return ftruncate(file, size);
}

int fsync(int file) {
  if (fails(file, "sync")) return -1;
  return static_cast<int>(::syscall(SYS_fsync, file));
}
int fdatasync(int file) {
  if (fails(file, "sync")) return -1;
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  if (fails(to_folder, to, "rename")) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return renameat2(from_folder, from, to_folder, to, 0);
}
int rename(const char* from, const char* to) noexcept {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  if (fails(to_folder, to, "rename")) return -1;
  return static_cast<int>(::syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  if (fails(folder, path, "unlink")) return -1;
  return static_cast<int>(::syscall(SYS_unlinkat, folder, path, flags));
}
int unlink(const char* path) noexcept {
  return unlinkat(AT_FDCWD, path, 0);
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  if (fails(folder, path, "create")) return -1;
  if (fails(folder, path, "full")) {
    errno = ENOSPC;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_mkdirat, folder, path, mode));
}
int mkdir(const char* path, mode_t mode) noexcept {
  return mkdirat(AT_FDCWD, path, mode);
}

DIR* opendir(const char* path) {
  static const auto call = real<DIR* (*)(const char*)>("opendir");
  return fails(AT_FDCWD, path, "open") ? nullptr : call(path);
}
dirent* readdir(DIR* folder) {
  static const auto call = real<dirent* (*)(DIR*)>("readdir");
  return fails(::dirfd(folder), "list") ? nullptr : call(folder);
}
dirent64* readdir64(DIR* folder) {
  static const auto call = real<dirent64* (*)(DIR*)>("readdir64");
  return fails(::dirfd(folder), "list") ? nullptr : call(folder);
}

int stat(const char* path, struct stat* info) noexcept {
  return stat_there(AT_FDCWD, path, info, 0);
}
int lstat(const char* path, struct stat* info) noexcept {
  return stat_there(AT_FDCWD, path, info, AT_SYMLINK_NOFOLLOW);
}
int fstat(int file, struct stat* info) noexcept {
  return stat_there(file, "", info, AT_EMPTY_PATH);
}
int fstatat(int folder, const char* path, struct stat* info, int flags) noexcept {
  return stat_there(folder, path, info, flags);
}
int statx(int folder, const char* path, int flags, unsigned mask, struct statx* info) noexcept {
  if (path[0] == '\0' ? fails(folder, "stat") : fails(folder, path, "stat")) return -1;
  return static_cast<int>(::syscall(SYS_statx, folder, path, flags, mask, info));
}
int statvfs(const char* path, struct statvfs* info) noexcept {
  static const auto call = real<int (*)(const char*, struct statvfs*)>("statvfs");
  return fails(AT_FDCWD, path, "stat") ? -1 : call(path, info);
}
int fstatvfs(int file, struct statvfs* info) noexcept {
  static const auto call = real<int (*)(int, struct statvfs*)>("fstatvfs");
  return fails(file, "stat") ? -1 : call(file, info);
}
int statfs(const char* path, struct statfs* info) noexcept {
  if (fails(AT_FDCWD, path, "stat")) return -1;
  return static_cast<int>(::syscall(SYS_statfs, path, info));
}
int fstatfs(int file, struct statfs* info) noexcept {
  if (fails(file, "stat")) return -1;
  return static_cast<int>(::syscall(SYS_fstatfs, file, info));
}
}
