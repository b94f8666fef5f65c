#include "recording/folder_lock.hpp"

#include "core/log.hpp"
#include "recording/segment_names.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace minidvr::recording {

FolderLock::FolderLock(std::filesystem::path recordings_dir, Flock flock)
    : recordings_dir_(std::move(recordings_dir)),
      path_(partial_dir(recordings_dir_) / "lock"),
      flock_(flock ? std::move(flock) : Flock(&::flock)) {}

// A folder that was moved or mounted over has taken its lock along.
bool FolderLock::is_held() const {
  struct stat ours {};
  struct stat there {};
  return file_ && ::fstat(file_.get(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

Result<> FolderLock::try_lock() {
  const std::lock_guard guard(mutex_);
  if (is_held()) return {};
  std::error_code ignored;
  std::filesystem::create_directories(path_.parent_path(), ignored);
  FileDescriptor file(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file) {
    return make_error(Errc::unavailable, fmt::format("cannot write to {}: {}",
                                                     recordings_dir_.string(), errno_text(errno)));
  }
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
  return {};
}

}  // namespace minidvr::recording
