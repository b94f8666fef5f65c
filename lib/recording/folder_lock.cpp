#include "recording/folder_lock.hpp"

#include "core/file.hpp"
#include "core/log.hpp"

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace minidvr::recording {

namespace {

constexpr const char* kLockName = "lock";

}  // namespace

FolderLock::FolderLock(std::filesystem::path recordings_dir, Flock flock, OpenFolder open)
    : recordings_dir_(std::move(recordings_dir)),
      flock_(flock ? std::move(flock) : Flock(&::flock)),
      open_(open ? std::move(open)
                 : OpenFolder([path = recordings_dir_] { return make_and_open(path); })) {}

std::filesystem::path FolderLock::file_in(const std::filesystem::path& recordings_dir) {
  return partial_dir(recordings_dir) / kLockName;
}

// A folder that was moved or mounted over has taken its lock along.
bool FolderLock::is_held(int partial) const {
  struct stat ours {};
  struct stat there {};
  return file_ && ::fstat(file_.get(), &ours) == 0 &&
         ::fstatat(partial, kLockName, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

Result<Folders> FolderLock::try_lock() {
  const std::lock_guard guard(mutex_);
  const auto no_folder = [this](Error why) {
    file_.reset();  // of a disk that is to go, perhaps
    return why;
  };
  auto folder = open_();
  if (!folder) return no_folder(folder.error());
  auto folders = Folders::in(std::move(*folder));
  if (!folders) return no_folder(folders.error());
  const int partial = folders->partial.get();
  if (is_held(partial)) return folders;
  FileDescriptor file(
      ::openat(partial, kLockName, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return cannot_write_to(recordings_dir_, errno);
  int result = 0;
  do {
    result = flock_(file.get(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno == EWOULDBLOCK) {
    return make_error(Errc::wrong_state,
                      fmt::format("another mini-dvr records to {}", recordings_dir_.string()));
  }
  if (result != 0 && !std::exchange(told_, true)) {
    log::warning("mini-dvr", "{} can not be locked ({}): nothing keeps a second mini-dvr out",
                 recordings_dir_.string(), errno_text(errno));
  }
  file_ = std::move(file);
  return folders;
}

}  // namespace minidvr::recording
