// The recordings folder, as long as it is the one that was recorded to before.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/file_lock.hpp"
#include "core/settings.hpp"
#include "recording/folder_identity.hpp"
#include "recording/folder_on_disk.hpp"

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

namespace minidvr::recording {

// A file in the folder says which one it is (kMarkerName); what it says, and which file system that
// was, is remembered elsewhere for each path. All calls block as long as the disk does; call them
// from several threads if you like. What is not the right folder is unavailable, with
// Reason::wrong_folder.
class KnownFolder {
 public:
  static constexpr const char* kMarkerName = kFolderMarker;

  struct Options {
    std::filesystem::path recordings_dir;
    std::filesystem::path memory;  // the file that remembers; see memory_of()
    bool take_any = false;         // the owner says that what is there is right
    bool changes_nothing = false;  // neither marker nor memory is written: for a look beside
    // A second memory, for a first that lies on the disk of the recordings, and goes away with it.
    // Empty: none. What it knows counts, because then it is the one that is there at all times.
    std::filesystem::path elsewhere = {};
    // How long a recorder that begins waits for others that remember theirs in the same file.
    Steady::duration longest_lock_wait = kLongestLockWait;
    // What could not be remembered is tried again when state is to be saved, this far apart.
    Steady::duration between_tries = seconds(30);
  };

  explicit KnownFolder(Options options);
  KnownFolder(const KnownFolder&) = delete;
  KnownFolder& operator=(const KnownFolder&) = delete;

  // The folder to record to, open. It is made when it is missing and its place is right, and
  // remembered from now on.
  Result<FileDescriptor> open_to_record();
  // Whether this open folder is the right one, for who lists, reads and deletes there.
  Result<> admit(int folder);
  // Whether `recordings_dir` leads to it now, or it may be made there.
  Result<> look();
  // Whether state_dir is there: where it goes away with the recordings (`with_recordings`, or by
  // what is remembered) only while they are. Who asks is about to write there: what could not be
  // remembered at first is tried again.
  Result<> look_for_state(bool with_recordings);

 private:
  Result<> judge(int folder, int place, bool to_record);
  void adopt(int folder, const std::optional<FolderIdentity>& remembered, FoundFolder found);
  std::optional<FolderIdentity> remembered() const;
  std::optional<FolderIdentity> remembered_in(const std::filesystem::path& memory) const;
  Result<> write(const std::filesystem::path& memory, const FolderIdentity& identity,
                 Steady::duration longest_lock_wait) const;
  bool needs_elsewhere(int folder) const;
  void keep_elsewhere(int folder, const FolderIdentity& identity);
  void remember(int folder, const FolderIdentity& identity);
  Result<> save(int folder, const FolderIdentity& identity, Steady::duration longest_lock_wait);
  void try_again_to_save();
  std::optional<FolderIdentity> remembered_on_disk() const;
  std::string damage_of_memory() const;
  Error wrong(FolderVerdict verdict) const;
  Error not_known(const std::string& damage) const;

  const Options options_;
  const std::string path_;  // absolute: what the memory knows it by
  std::mutex mutex_;
  // The folder that was found to be right: no other one can be taken for it while it is open.
  FileDescriptor held_;
  std::optional<FolderIdentity> unsaved_;    // what could not be written to the memory,
  std::optional<FolderIdentity> in_memory_;  // in the place of this
  SteadyTime tried_{};                       // when it was tried last
  bool is_trying_ = false;
};

// Where it is remembered which folder is right: in state_dir, or, where that lies in
// recordings_dir, beside accounts_file.
std::filesystem::path memory_of(const Settings& settings);

KnownFolder::Options known_folder(const Settings& settings);

// Whether state_dir lies in recordings_dir, and so goes away with it.
bool state_lies_with_recordings(const Settings& settings);

}  // namespace minidvr::recording
