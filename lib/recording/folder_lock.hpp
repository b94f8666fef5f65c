// Two recorders must not write to one folder.
#pragma once

#include "core/error.hpp"
#include "core/file.hpp"

#include <filesystem>
#include <functional>
#include <mutex>

namespace minidvr::recording {

// Lies in the folder, so that it is asked for again whenever a segment begins: the folder may
// appear later (a disk that is plugged in), or be another one than before (mounted over). Held
// until it goes away, or our process, however that ends.
class FolderLock {
 public:
  using Flock = std::function<int(int fd, int operation)>;  // as flock(2)

  explicit FolderLock(std::filesystem::path recordings_dir, Flock flock = {});

  // One try, without waiting. Success: the folder that is there now is ours, or its file system has
  // no locks, which is told once. wrong_state: another mini-dvr records there. unavailable: there
  // is no folder that can be written. Blocks as long as the disk does: call it on the blocking
  // pool, from several threads if you like.
  Result<> try_lock();

 private:
  bool is_held() const;

  const std::filesystem::path recordings_dir_;
  const std::filesystem::path path_;
  const Flock flock_;
  std::mutex mutex_;
  FileDescriptor file_;
  bool told_ = false;
};

}  // namespace minidvr::recording
