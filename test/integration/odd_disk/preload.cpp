// A file system that refuses what some file systems refuse, for one program and its children:
// preloaded, it is about what lies below ODD_DISK_FOLDER. ODD_DISK says which one:
//   fat    no rights, no links, no holes, times of two seconds, files up to ODD_DISK_LARGEST bytes
//   exfat  no rights, no links, no holes
//   ntfs   as ntfs-3g: no rights, no holes, folders can not be synced
//   nfs    no locks, no holes, times of one second
//   cifs   no rights, no locks, no links, no holes, folders can not be synced
// None of them renames without replacing.

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

bool is_one_of(const char* kinds) {
  const char* kind = std::getenv("ODD_DISK");
  return kind != nullptr && std::strstr(kinds, kind) != nullptr;
}

bool lies_there(const char* path) {
  const char* folder = std::getenv("ODD_DISK_FOLDER");
  return folder != nullptr && std::strncmp(path, folder, std::strlen(folder)) == 0;
}

bool is_there(int file) {
  char link[32];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  char path[4096];
  const auto length = ::syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return lies_there(path);
}

bool is_there(int folder, const char* path) {
  return path[0] == '/' ? lies_there(path) : folder != AT_FDCWD && is_there(folder);
}

int refuse(int number) {
  errno = number;
  return -1;
}

int real_stat(int folder, const char* path, struct stat* info, int flags) {
  return static_cast<int>(::syscall(SYS_newfstatat, folder, path, info, flags));
}

int coarse_stat(int folder, const char* path, struct stat* info, int flags) {
  const int result = real_stat(folder, path, info, flags);
  const bool is_empty = path[0] == '\0';
  if (result != 0 || !is_one_of("fat nfs")) return result;
  if (!(is_empty ? is_there(folder) : is_there(folder, path))) return result;
  constexpr int kStep = 2;
  info->st_mtim.tv_nsec = 0;
  if (is_one_of("fat")) info->st_mtim.tv_sec -= info->st_mtim.tv_sec % kStep;
  return result;
}

bool is_too_large(int file, off64_t end) {
  const char* largest = std::getenv("ODD_DISK_LARGEST");
  return largest != nullptr && end > std::atoll(largest) && is_there(file);
}

}  // namespace

extern "C" {

int fchmod(int file, mode_t mode) noexcept {
  if (is_one_of("fat exfat ntfs cifs") && is_there(file)) return refuse(EPERM);
  return static_cast<int>(::syscall(SYS_fchmod, file, mode));
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  if (flags != 0 && is_there(to_folder, to)) return refuse(EINVAL);
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

int flock(int file, int operation) noexcept {
  if (is_one_of("nfs") && is_there(file)) return refuse(ENOLCK);
  if (is_one_of("cifs") && is_there(file)) return refuse(EOPNOTSUPP);
  return static_cast<int>(::syscall(SYS_flock, file, operation));
}

int fallocate(int file, int mode, off_t offset, off_t length) {
  if (is_there(file)) return refuse(EOPNOTSUPP);
  return static_cast<int>(::syscall(SYS_fallocate, file, mode, offset, length));
}

int fallocate64(int file, int mode, off64_t offset, off64_t length) {
  return fallocate(file, mode, offset, length);
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  if (is_one_of("fat exfat") && is_there(to_folder, to)) return refuse(EPERM);
  if (is_one_of("cifs") && is_there(to_folder, to)) return refuse(EOPNOTSUPP);
  return static_cast<int>(::syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}

int fsync(int file) {
  struct stat info {};
  const bool is_folder = real_stat(file, "", &info, AT_EMPTY_PATH) == 0 && S_ISDIR(info.st_mode);
  if (is_folder && is_one_of("ntfs cifs") && is_there(file)) return refuse(EINVAL);
  return static_cast<int>(::syscall(SYS_fsync, file));
}

ssize_t write(int file, const void* data, size_t size) {
  if (std::getenv("ODD_DISK_LARGEST") != nullptr) {
    const auto at = ::syscall(SYS_lseek, file, 0, SEEK_CUR);
    if (at >= 0 && is_too_large(file, at + static_cast<off64_t>(size))) return refuse(EFBIG);
  }
  return ::syscall(SYS_write, file, data, size);
}

int fstat(int file, struct stat* info) noexcept {
  return coarse_stat(file, "", info, AT_EMPTY_PATH);
}

int stat(const char* path, struct stat* info) noexcept {
  return coarse_stat(AT_FDCWD, path, info, 0);
}

int fstatat(int folder, const char* path, struct stat* info, int flags) noexcept {
  return coarse_stat(folder, path, info, flags);
}
}
