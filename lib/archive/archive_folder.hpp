// The disk side of the archive. Every call blocks: use it on a pool.
//
// Only regular files with the name of a recording, and what lies beside them, are looked at. No
// symbolic link is followed below the recordings folder, and no name leads out of it.
#pragma once

#include "archive/recording.hpp"
#include "core/error.hpp"
#include "core/file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace minidvr::archive {

// Whether this open folder is the one whose recordings are looked after (see KnownFolder): nothing
// of another one is listed, changed or deleted. Empty: whatever the path leads to.
using FolderGate = std::function<Result<>(int folder)>;

class ArchiveFolder {
 public:
  explicit ArchiveFolder(std::filesystem::path recordings_dir, FolderGate gate = {})
      : path_(std::move(recordings_dir)), gate_(std::move(gate)) {}

  // What tells whether something came or went: another folder, or a change in it.
  struct Version {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t modified = 0;  // nanoseconds
    bool operator==(const Version&) const = default;
  };
  // not_found: there is no such folder, or it is the wrong one. refused: it may not be opened.
  // unavailable: the disk does not say.
  Result<Version> version() const;

  struct Known {
    std::string name;
    FileStamp stamp;
    FileStamp notes_stamp;
    // When their rights, or anything else of them, changed last; nanoseconds since 1970, as stat
    // tells. 0: it is of no interest, or the disk does not say.
    std::int64_t status_changed = 0;
    std::int64_t notes_status_changed = 0;
  };
  struct Differences {
    std::vector<std::string> to_read;  // new or changed, by name, the last one first
    std::vector<std::string> gone;
    // Known ones that the disk has not given (their stamp is_not_read()), as they are now, with the
    // times of their status: whoever mends rights changes nothing else.
    std::vector<Known> not_given;
    bool is_unsure = false;  // the disk did not tell of all; of those there is nothing here
  };
  // What has changed against what is known. unavailable when the folder can not be read to its end.
  Result<Differences> compare(std::vector<Known> known) const;

  // What is known of these files; those that are not there any more are left out. What the disk
  // does not give is damaged, and has a stamp that is_not_read(). unavailable: the folder is not
  // there.
  Result<std::vector<Recording>> read(const std::vector<std::string>& names) const;

  struct OpenFile {
    FileDescriptor file;  // for reading
    FileStamp stamp;
  };
  // not_found; unavailable. `name` must be a recording's name.
  Result<OpenFile> open(const std::string& name) const;

  // What NAME.json says now; nothing when there is none. unavailable: the folder is not there.
  Result<NotesFile> read_notes(const std::string& name) const;

  // Whether any of these files, or its NAME.json, is not as it was. Who writes into one leaves the
  // folder as it is.
  bool have_changed(const std::vector<Known>& known) const;

  // Replaces NAME.json, whole even after a power cut; without notes there is none.
  Result<> save_notes(const std::string& name, const Notes& notes) const;

  // Deletes it for good, and its notes when that is certain: no recording is ever without its
  // notes, and the recorder takes no name that has some. Success also when it is gone already.
  // wrong_state: its notes protect it, or can not be read, or it is not known to be a recording.
  // unavailable.
  Result<> unlink(const std::string& name) const;

  enum class Deletion { in_trash, for_good };
  // A deleted recording lies in .trash, from where it can come back; on a disk that has no room for
  // that folder it goes for good. not_found; wrong_state: its notes protect it, or can not be read.
  Result<Deletion> move_to_trash(const std::string& name) const;
  // wrong_state: another one has its name now.
  Result<> restore(const std::string& name) const;
  // Removes it from there, for good. False: the folder is not there, so it may be there still.
  bool purge(const std::string& name) const;
  // The same for all that lie there.
  void purge_all() const;

  const std::filesystem::path& path() const { return path_; }

 private:
  Result<FileDescriptor> open_folder() const;

  std::filesystem::path path_;
  FolderGate gate_;
};

// Opens a recordings folder that the gate lets through. unavailable.
Result<FileDescriptor> open_gated(const std::filesystem::path& path, const FolderGate& gate);

}  // namespace minidvr::archive
