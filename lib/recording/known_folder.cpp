#include "recording/known_folder.hpp"

#include "core/file_lock.hpp"
#include "core/json_text.hpp"
#include "core/log.hpp"
#include "recording/folder_on_disk.hpp"

#include <cerrno>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::recording {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr const char* kKnownFolder = "mini-dvr";  // in the log
constexpr std::size_t kMostMemoryBytes = 1 << 20;

// None where there is no such file. An error is one of the file: what it said is not known.
Result<json::object> folders_in(const fs::path& memory) {
  const auto text = read_file(memory, kMostMemoryBytes);
  if (!text) {
    std::error_code ec;
    if (!fs::exists(memory, ec) && !ec) return json::object{};
    return text.error();
  }
  boost::system::error_code ec;
  const auto value = json::parse(*text, ec);
  const auto* object = ec ? nullptr : value.if_object();
  if (object == nullptr) {
    return make_error(Errc::malformed, fmt::format("{} is damaged", memory.string()));
  }
  return *object;
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string{} : std::string(text->begin(), text->end());
}

}  // namespace

KnownFolder::KnownFolder(Options options)
    : options_(std::move(options)),
      path_(fs::absolute(options_.recordings_dir).lexically_normal().string()) {}

Result<FileDescriptor> KnownFolder::open_to_record() {
  FileDescriptor folder(::open(path_.c_str(), kDirectoryFlags));
  if (!folder && errno != ENOENT) return cannot_write_to(path_, errno);
  if (!folder) {
    auto [place, missing] = place_of(path_);
    if (!place) return cannot_write_to(path_, errno);
    if (auto judged = judge(-1, place.get(), true); !judged) return judged.error();
    // Below the very folder that was judged: a disk may go at any moment.
    for (const auto& name : missing) {
      if (::mkdirat(place.get(), name.c_str(), 0777) != 0 && errno != EEXIST) {
        return cannot_write_to(path_, errno);
      }
      FileDescriptor next(::openat(place.get(), name.c_str(), kDirectoryFlags));
      if (!next) return cannot_write_to(path_, errno);
      ::fsync(place.get());
      place = std::move(next);
    }
    folder = std::move(place);
  }
  if (auto judged = judge(folder.get(), folder.get(), true); !judged) return judged.error();
  return folder;
}

Result<> KnownFolder::admit(int folder) {
  return judge(folder, folder, false);
}

Result<> KnownFolder::look() {
  const FileDescriptor folder(::open(path_.c_str(), kDirectoryFlags));
  if (folder) return judge(folder.get(), folder.get(), false);
  if (errno != ENOENT) {
    return make_error(Errc::unavailable,
                      fmt::format("cannot open {}: {}", path_, errno_text(errno)));
  }
  const auto [place, missing] = place_of(path_);
  return place ? judge(-1, place.get(), false) : Result<>();
}

Result<> KnownFolder::look_for_state(bool with_recordings) {
  try_again_to_save();
  if (!with_recordings) {
    const std::lock_guard guard(mutex_);
    if (options_.elsewhere.empty() || !remembered_in(options_.elsewhere)) return {};
  }
  return look();
}

// `folder`: -1 when there is none, and `place` is where it would be made.
Result<> KnownFolder::judge(int folder, int place, bool to_record) {
  const std::lock_guard guard(mutex_);
  if (folder >= 0 && held_ && is_same_folder(folder, held_.get())) return {};
  held_.reset();  // a disk that is to go can go
  FoundFolder found;
  found.identity.file_system = file_system_of(place);
  if (folder >= 0) {
    found.identity.id = marker_in(folder);
    found.has_recordings = found.identity.id.empty() && holds_recordings(folder);
    found.file_systems_above = file_systems_above(path_);
  }
  const auto before = remembered();
  // Nothing else says that this is not what lies below a disk that is not mounted.
  if (!before && found.identity.id.empty() && !options_.take_any) {
    if (const auto damage = damage_of_memory(); !damage.empty()) return not_known(damage);
  }
  const auto verdict = judge_folder(before, found, options_.take_any);
  if (is_wrong(verdict)) return wrong(verdict);
  if (folder < 0 || options_.changes_nothing) return {};
  if (verdict == FolderVerdict::adopt_when_used && !to_record) return {};
  if (verdict != FolderVerdict::right) {
    adopt(folder, before, std::move(found));
  } else {
    keep_elsewhere(folder, found.identity);  // an earlier version did not
  }
  held_ = FileDescriptor(::fcntl(folder, F_DUPFD_CLOEXEC, 3));
  if (const auto why = why_not_lasting(folder); !why.empty())
    log::warning(kKnownFolder, "{} {}", path_, why);
  return {};
}

// A folder that can not be written is known by its file system alone.
void KnownFolder::adopt(int folder, const std::optional<FolderIdentity>& remembered,
                        FoundFolder found) {
  auto& identity = found.identity;
  if (identity.id.empty()) {
    identity.id = adopted_id(remembered, found);
    if (identity.id.empty()) identity.id = new_folder_id();
    if (!write_marker(folder, identity.id)) identity.id.clear();
  }
  if (identity == FolderIdentity{} || identity == remembered) return;
  remember(folder, identity);
}

std::optional<FolderIdentity> KnownFolder::remembered() const {
  if (auto known = remembered_on_disk()) return known;
  return unsaved_;
}

std::optional<FolderIdentity> KnownFolder::remembered_on_disk() const {
  if (!options_.elsewhere.empty()) {
    if (auto known = remembered_in(options_.elsewhere)) return known;
  }
  return remembered_in(options_.memory);
}

// Of those that are asked; empty: they can be read, or are not there.
std::string KnownFolder::damage_of_memory() const {
  for (const auto& memory : {options_.elsewhere, options_.memory}) {
    if (memory.empty()) continue;
    if (const auto folders = folders_in(memory); !folders) return folders.error().detail;
  }
  return {};
}

std::optional<FolderIdentity> KnownFolder::remembered_in(const fs::path& memory) const {
  const auto folders = folders_in(memory);
  const auto* entry = folders ? folders->if_contains(path_) : nullptr;
  const auto* object = entry == nullptr ? nullptr : entry->if_object();
  if (object == nullptr) return std::nullopt;
  return FolderIdentity{text_of(*object, "id"), text_of(*object, "file_system")};
}

Result<> KnownFolder::write(const fs::path& memory, const FolderIdentity& identity,
                            Steady::duration longest_lock_wait) const {
  // Other recorders may remember theirs there.
  const auto lock = lock_for_change(memory, longest_lock_wait);
  if (!lock) return lock.error();
  auto known = folders_in(memory);
  json::object folders = known ? std::move(*known) : json::object{};
  folders[path_] = json::object{{"id", identity.id}, {"file_system", identity.file_system}};
  return write_file_atomically(memory, json_text(folders) + "\n");
}

// Where the first goes away with the recordings, and the second does not. What it has is kept true.
bool KnownFolder::needs_elsewhere(int folder) const {
  const auto& elsewhere = options_.elsewhere;
  if (elsewhere.empty()) return false;
  return (is_on_disk_of(folder, options_.memory) && !is_on_disk_of(folder, elsewhere)) ||
         remembered_in(elsewhere);
}

void KnownFolder::keep_elsewhere(int folder, const FolderIdentity& identity) {
  if (unsaved_ || !needs_elsewhere(folder) || remembered_in(options_.elsewhere) == identity) return;
  remember(folder, identity);
}

Result<> KnownFolder::save(int folder, const FolderIdentity& identity,
                           Steady::duration longest_lock_wait) {
  auto saved = write(options_.memory, identity, longest_lock_wait);
  if (saved && needs_elsewhere(folder)) {
    saved = write(options_.elsewhere, identity, longest_lock_wait);
  }
  return saved;
}

// Neither waits for another program's lock, nor lets a segment wait for the disk of the memory.
void KnownFolder::try_again_to_save() {
  std::unique_lock guard(mutex_);
  const auto now = Steady::now();
  if (!unsaved_ || !held_ || is_trying_ || now - tried_ < options_.between_tries) return;
  const FileDescriptor folder(::fcntl(held_.get(), F_DUPFD_CLOEXEC, 3));
  const auto identity = *unsaved_;
  const auto expected = in_memory_;
  tried_ = now;
  is_trying_ = true;
  guard.unlock();
  // A memory that was away, and says something else, is right.
  const auto known = remembered_on_disk();
  const bool is_as_before = !known || known == expected;
  const bool saved = is_as_before && save(folder.get(), identity, Steady::duration::zero());
  guard.lock();
  is_trying_ = false;
  if (unsaved_ != identity || (is_as_before && !saved)) return;
  unsaved_.reset();
  if (saved) {
    log::info(kKnownFolder, "which folder {} is, is remembered now", path_);
  } else {
    held_.reset();  // to be judged anew
  }
}

void KnownFolder::remember(int folder, const FolderIdentity& identity) {
  in_memory_ = remembered_on_disk();
  tried_ = Steady::now();
  const auto saved = save(folder, identity, options_.longest_lock_wait);
  const bool is_told = unsaved_.has_value();
  unsaved_ = saved ? std::nullopt : std::optional(identity);
  if (saved || is_told) return;
  log::warning(kKnownFolder,
               "{}; should the disk of {} not be mounted at a start, its place would be recorded "
               "to. A state_dir that can be written, outside of recordings_dir, helps",
               saved.error().detail, path_);
}

Error KnownFolder::wrong(FolderVerdict verdict) const {
  const std::string_view what =
      verdict == FolderVerdict::another
          ? "{} is another folder than the one that was recorded to before"
          : "the disk of {} is not mounted: this is not the folder that was recorded to before";
  return make_error(
      Errc::unavailable,
      fmt::format(fmt::runtime(what), path_) +
          "; recording goes on by itself when that is there; if this one is right, set "
          "recordings_dir_id = any",
      Reason::wrong_folder);
}

Error KnownFolder::not_known(const std::string& damage) const {
  return make_error(
      Errc::unavailable,
      fmt::format("{}, which says which folder was recorded to: {} may be what lies below a disk "
                  "that is not mounted; if it is right, set recordings_dir_id = any, or remove "
                  "that file",
                  damage, path_),
      Reason::wrong_folder);
}

bool state_lies_with_recordings(const Settings& settings) {
  const auto recordings = fs::absolute(settings.recordings_dir).lexically_normal() / "";
  const auto state = fs::absolute(settings.state_dir).lexically_normal() / "";
  return state.string().starts_with(recordings.lexically_normal().string());
}

fs::path memory_of(const Settings& settings) {
  constexpr const char* kName = "recordings_folders.json";
  return (state_lies_with_recordings(settings) ? settings.accounts_file.parent_path()
                                               : settings.state_dir) /
         kName;
}

KnownFolder::Options known_folder(const Settings& settings) {
  const auto memory = memory_of(settings);
  fs::path elsewhere = settings.accounts_file.parent_path() / memory.filename();
  if (elsewhere == memory) elsewhere.clear();
  return {settings.recordings_dir, memory, settings.any_recordings_dir, false,
          std::move(elsewhere)};
}

}  // namespace minidvr::recording
