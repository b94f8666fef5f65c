#include "recording/folder_identity.hpp"

#include <algorithm>

namespace minidvr::recording {
namespace {

bool same_file_system(const FolderIdentity& a, const FolderIdentity& b) {
  return !a.file_system.empty() && a.file_system == b.file_system;
}

}  // namespace

bool is_wrong(FolderVerdict verdict) {
  return verdict == FolderVerdict::not_mounted || verdict == FolderVerdict::another;
}

FolderVerdict judge_folder(const std::optional<FolderIdentity>& remembered,
                           const FoundFolder& found, bool take_any) {
  using V = FolderVerdict;
  const FolderIdentity& there = found.identity;
  const bool has_marker = !there.id.empty();
  if (remembered && has_marker && there == *remembered) return V::right;
  if (take_any || !remembered) {
    return has_marker || found.has_recordings ? V::adopt : V::adopt_when_used;
  }
  // Disks are cloned, and some file systems are called otherwise each time: the marker counts.
  const bool both_say = has_marker && !remembered->id.empty();
  if (both_say && there.id == remembered->id) return V::adopt;
  // The marker was removed, or could not be written when the folder was adopted.
  const bool on_same_disk = same_file_system(there, *remembered);
  if (on_same_disk && !both_say) return V::adopt;
  // A disk was mounted over what was recorded to, be it new or one that came too late for the first
  // start; never the other way round.
  const auto& above = found.file_systems_above;
  const bool lies_below =
      !on_same_disk && !remembered->file_system.empty() &&
      std::find(above.begin(), above.end(), remembered->file_system) != above.end();
  if (lies_below) return has_marker ? V::adopt : V::adopt_when_used;
  return has_marker ? V::another : V::not_mounted;
}

std::string adopted_id(const std::optional<FolderIdentity>& remembered, const FoundFolder& found) {
  if (!found.identity.id.empty()) return found.identity.id;
  const bool is_the_same = remembered && same_file_system(*remembered, found.identity);
  return is_the_same ? remembered->id : std::string{};
}

}  // namespace minidvr::recording
