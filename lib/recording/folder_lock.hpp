// Two recorders must not write to one folder.
#pragma once

#include "core/error.hpp"
#include "core/file.hpp"
#include "recording/segment_names.hpp"

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
  // How the folder is reached: which one it is, is not the lock's to say (see KnownFolder).
  using OpenFolder = std::function<Result<FileDescriptor>()>;

  // Without `open`: whatever the path leads to; it is made when it is missing.
  explicit FolderLock(std::filesystem::path recordings_dir, Flock flock = {}, OpenFolder open = {});

  // Where its file lies, which whoever has the lock has open.
  static std::filesystem::path file_in(const std::filesystem::path& recordings_dir);

  // One try, without waiting. Success: the folder that is there now is ours, or its file system has
  // no locks, which is told once; it is handed over open, so that nothing is written to another one
  // that takes its place a moment later. wrong_state: another mini-dvr records there. unavailable:
  // there is no folder that can be written, or it is the wrong one. Blocks as long as the disk
  // does: call it on the blocking pool, from several threads if you like.
  Result<Folders> try_lock();

 private:
  bool is_held(int partial) const;

  const std::filesystem::path recordings_dir_;
  const Flock flock_;
  const OpenFolder open_;
  std::mutex mutex_;
  FileDescriptor file_;
  bool told_ = false;
};

}  // namespace minidvr::recording
