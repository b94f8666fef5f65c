// Files that must survive a power cut.
#pragma once

#include "core/error.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace minidvr {

// A file descriptor with an owner.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

// The text of errno `number`, as strerror gives it.
std::string errno_text(int number);

// A folder that takes no files: unavailable. Under systemd a disk is read only also where the unit
// says so.
Error cannot_write_to(const std::filesystem::path& folder, int number);

// What a client is told of it where the Errc alone would not say enough.
Reason reason_of_errno(int number);

// A regular file of an open folder, as ::openat() does: neither a link is followed nor a pipe or a
// device waited for, which anybody may have put there. None: errno says why, ENXIO where it is no
// regular file.
FileDescriptor open_regular(int folder, const std::string& name, int access);

// The whole file. At most `limit` bytes; a larger file is an error. not_found when there is none.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

// The whole of an open file, from where it stands; `name` is for the error.
Result<std::string> read_all(int file, std::size_t limit, std::string_view name);

struct FileRights {
  unsigned mode = 0644;
  // It is for whoever owned what it replaces, else for who owns the folder: where root writes what
  // another reads.
  bool keep_owner = false;
  // Where that is root: for this one, as root may read it all the same.
  std::optional<uid_t> instead_of_root{};
};

// Replaces `path` so that after a power cut either the old or the new text is there, whole. Makes
// the folder when it is missing. Blocks: call it on the blocking pool.
Result<> write_file_atomically(const std::filesystem::path& path, std::string_view text,
                               FileRights rights = {});

// Makes a rename or a new name in `folder` durable.
void sync_folder(const std::filesystem::path& folder);

// Renames, but never over an existing file: wrong_state when `to` is taken.
Result<> rename_without_replacing(const std::filesystem::path& from,
                                  const std::filesystem::path& to);
// The same between two open folders.
Result<> rename_without_replacing(int from_folder, const std::string& from, int to_folder,
                                  const std::string& to);

}  // namespace minidvr
