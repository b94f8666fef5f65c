// What segments are called, and where they lie while they are written.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace minidvr::recording {

// RECORDINGS/.partial: what is being written. A .mp4 leaves it only when it is whole.
std::filesystem::path partial_dir(const std::filesystem::path& recordings_dir);

// The two folders, held open: what was begun in them can be ended in them, even when they were
// moved, or another disk was mounted over them, meanwhile.
struct Folders {
  FileDescriptor recordings;
  FileDescriptor partial;

  // Of this folder; .partial is made when it is missing.
  static Result<Folders> in(FileDescriptor recordings);
  // Whether `recordings_dir` still leads to the same folder.
  bool are_those_of(const std::filesystem::path& recordings_dir) const;
};

// Whatever the path leads to, open; made when it is missing.
Result<FileDescriptor> make_and_open(const std::filesystem::path& folder);

// The names, without ".mp4", of the segments that this program is writing now, so that nobody takes
// them for leftovers of an earlier run. Used from several threads.
class NamesInUse {
 public:
  // False: it is in use already.
  bool add(const std::string& name);
  void remove(const std::string& name);
  bool contains(const std::string& name) const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> names_;
};

// In .partial, NAME.journal tells what is to become of NAME.
inline constexpr std::string_view kJournalEnding = ".journal";
std::string journal_name(const std::string& name);

// 20261123_101000 for number 0, or with _1, _2, ... behind it.
std::string segment_name(WallTime first_frame, int number);
inline constexpr int kMostNames = 10'000;  // of one second: far more than ever

// Whether a finished segment, one that an earlier version left in .partial, or notes of one that is
// gone have this name.
bool is_taken(const Folders& folders, const std::string& name);

// Moves a whole segment from .partial/MEDIA to NAME.mp4 where people see it, never over an existing
// file, and makes that durable. Returns the file's name, which has the next free number when
// somebody took it meanwhile; then it gets a link to its NAME.json, if there is one.
Result<std::string> publish(const Folders& folders, const std::string& media,
                            const std::string& name);

// Also well when it is not there.
Result<> remove_from_partial(const Folders& folders, const std::string& file);

}  // namespace minidvr::recording
