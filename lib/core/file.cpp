#include "core/file.hpp"

#include "core/folder_sync.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr {
namespace {

Error io_error(std::string_view what, const std::filesystem::path& path, int number) {
  const Errc code = number == ENOENT ? Errc::not_found : Errc::unavailable;
  return make_error(code, fmt::format("cannot {} {}: {}", what, path.string(), errno_text(number)),
                    reason_of_errno(number));
}

// The file system has no such call.
bool is_not_known(int number) {
  return number == EINVAL || number == ENOSYS || number == EOPNOTSUPP || number == ENOTTY;
}

bool is_synced(int fd) {
  return ::fsync(fd) == 0 || is_not_known(errno);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// Only root can give a file away.
bool give_to_owner_of(const std::filesystem::path& path, int fd,
                      std::optional<uid_t> instead_of_root) {
  struct stat owner {};
  if (::geteuid() != 0) return true;
  if (::stat(path.c_str(), &owner) != 0) return false;
  // FAT and its like have one owner for all.
  if (owner.st_uid == 0 && instead_of_root && ::fchown(fd, *instead_of_root, owner.st_gid) == 0) {
    return true;
  }
  return ::fchown(fd, owner.st_uid, owner.st_gid) == 0;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() {
  return std::exchange(fd_, -1);
}

void FileDescriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Reason reason_of_errno(int number) {
  return number == ENOSPC || number == EDQUOT ? Reason::disk_full : Reason::of_code;
}

std::string errno_text(int number) {
  return std::generic_category().message(number);
}

Error cannot_write_to(const std::filesystem::path& folder, int number) {
  const bool may_be_the_unit = number == EROFS && std::getenv("NOTIFY_SOCKET") != nullptr;
  return make_error(
      Errc::unavailable,
      fmt::format("cannot write to {}: {}{}", folder.string(), errno_text(number),
                  may_be_the_unit ? ", or not allowed by the unit (sudo mini-dvr doctor)" : ""));
}

FileDescriptor open_regular(int folder, const std::string& name, int access) {
  FileDescriptor file(::openat(folder, name.c_str(), access | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return file;
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return {};
  if (S_ISREG(info.st_mode)) return file;
  file.reset();
  errno = ENXIO;
  return file;
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return io_error("open", path, errno);
  return read_all(fd.get(), limit, path.string());
}

Result<std::string> read_all(int file, std::size_t limit, std::string_view name) {
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(file, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("read", name, errno);
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > limit) {
      return make_error(Errc::too_large, fmt::format("{} is larger than {} bytes", name, limit));
    }
  }
}

Result<> write_file_atomically(const std::filesystem::path& path, std::string_view text,
                               FileRights rights) {
  std::error_code ec;
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::filesystem::create_directories(folder, ec);
  if (ec) return io_error("make the folder", folder, ec.value());

  std::string temporary = path.string() + ".XXXXXX";
  FileDescriptor fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return io_error("write", path, errno);
  // FAT and its like know no owners' rights, and refuse; what was made is its maker's alone.
  [[maybe_unused]] const int changed = ::fchmod(fd.get(), rights.mode);
  const auto& like = ::access(path.c_str(), F_OK) == 0 ? path : folder;
  const bool written =
      (!rights.keep_owner || give_to_owner_of(like, fd.get(), rights.instead_of_root)) &&
      write_all(fd.get(), text) && ::fsync(fd.get()) == 0 &&
      ::rename(temporary.c_str(), path.c_str()) == 0;
  if (!written) {
    const int number = errno;
    ::unlink(temporary.c_str());
    return io_error("write", path, number);
  }
  const FileDescriptor names(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  sync_moved(fd.get(), names.get(), names.get());
  return {};
}

void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
}

bool sync_names(int folder) {
  return is_synced(folder);
}

bool sync_moved(int file, int from_folder, int to_folder) {
  if (file >= 0 && !is_synced(file)) return false;
  // First where it is, then where it is not any more: a file with two names can be mended.
  return sync_names(to_folder) && (from_folder == to_folder || sync_names(from_folder));
}

Result<> rename_without_replacing(const std::filesystem::path& from,
                                  const std::filesystem::path& to) {
  return rename_without_replacing(AT_FDCWD, from.string(), AT_FDCWD, to.string());
}

Result<> rename_without_replacing(int from_folder, const std::string& from, int to_folder,
                                  const std::string& to) {
  if (::renameat2(from_folder, from.c_str(), to_folder, to.c_str(), RENAME_NOREPLACE) == 0)
    return {};
  if (is_not_known(errno)) {
    // A file system that can not (NFS, FUSE, FAT on an old kernel): nobody else writes here, so
    // look and rename.
    struct stat info {};
    if (::fstatat(to_folder, to.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
      errno = EEXIST;
    } else if (::renameat(from_folder, from.c_str(), to_folder, to.c_str()) == 0) {
      return {};
    }
  }
  if (errno == EEXIST) {
    return make_error(Errc::wrong_state, fmt::format("{} exists already", to));
  }
  return io_error("rename to", to, errno);
}

}  // namespace minidvr
