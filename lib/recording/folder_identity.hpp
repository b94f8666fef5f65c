// Whether the recordings folder that is there is the one that was recorded to before. A disk that
// is not mounted leaves the folder below it in its place, and that must not be filled. No I/O.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace minidvr::recording {

struct FolderIdentity {
  std::string id;           // what its marker says; empty: it has none that can be read
  std::string file_system;  // what the kernel calls the disk; empty: it does not tell
  bool operator==(const FolderIdentity&) const = default;
};

struct FoundFolder {
  FolderIdentity identity;      // of one that is not there: `file_system` is where it would be made
  bool has_recordings = false;  // an earlier version recorded to it, which left no marker
  std::vector<std::string> file_systems_above{};  // of the folders that it lies in
};

enum class FolderVerdict {
  right,
  adopt,            // it is the right one, and what is remembered of it is not all that is known
  adopt_when_used,  // it may be, and is as soon as it is used: until then its disk may still come
  not_mounted,      // the disk is not there: this is what lies below it, or an empty other one
  another,          // it says itself that it is another one
};

// Only the last two are wrong.
bool is_wrong(FolderVerdict verdict);

// `remembered`: of the folder that was recorded to before; nullopt: nothing is. `take_any`: the
// owner says that what is there is right.
FolderVerdict judge_folder(const std::optional<FolderIdentity>& remembered,
                           const FoundFolder& found, bool take_any);

// What the marker of a folder that is adopted is to say; empty: a new id.
std::string adopted_id(const std::optional<FolderIdentity>& remembered, const FoundFolder& found);

}  // namespace minidvr::recording
