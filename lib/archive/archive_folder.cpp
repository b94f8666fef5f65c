#include "archive/archive_folder.hpp"

#include "archive/log_component.hpp"
#include "archive/recording_name.hpp"
#include "archive/sidecar.hpp"
#include "core/folder_sync.hpp"
#include "core/log.hpp"
#include "mp4/movie.hpp"

#include <algorithm>
#include <cerrno>
#include <unordered_map>

#include <fmt/format.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::archive {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTrash = ".trash";
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
// Not waiting: what has the name of a recording may be a FIFO.
constexpr int kFileFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

Error cannot(std::string_view what, const fs::path& path, int number) {
  return make_error(Errc::unavailable,
                    fmt::format("cannot {} {}: {}", what, path.string(), errno_text(number)),
                    reason_of_errno(number));
}

Error no_recording(const std::string& name) {
  return make_error(Errc::not_found, fmt::format("there is no recording {}", name));
}

Error is_protected(const std::string& name) {
  return make_error(Errc::wrong_state, name + " is protected; take the protection back first",
                    Reason::is_protected);
}

FileStamp stamp_of(const struct stat& info) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {static_cast<std::uint64_t>(info.st_size),
          info.st_mtim.tv_sec * kNanoseconds + info.st_mtim.tv_nsec};
}

using Found = std::optional<FileStamp>;

// nullopt: there is no regular file of that name. unavailable: the disk does not say.
Result<Found> look_at(int folder, const std::string& name) {
  struct stat info {};
  const bool is_there = ::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
  if (!is_there && errno != ENOENT) return cannot("look at", name, errno);
  return is_there && S_ISREG(info.st_mode) ? Found(stamp_of(info)) : Found();
}

// The same where that is all one.
Found stamp_at(int folder, const std::string& name) {
  const auto found = look_at(folder, name);
  return found ? *found : Found();
}

// 0: the disk does not say.
std::int64_t status_change(int folder, const std::string& name) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  struct stat info {};
  if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  return info.st_ctim.tv_sec * kNanoseconds + info.st_ctim.tv_nsec;
}

// Of what could not be read: no file has it, so that it is read again.
FileStamp not_read(FileStamp stamp) {
  stamp.modified = FileStamp::kNotRead;
  return stamp;
}

Result<ArchiveFolder::OpenFile> open_file(int folder, const std::string& name) {
  FileDescriptor file(::openat(folder, name.c_str(), kFileFlags));
  if (!file && errno != ENOENT && errno != ELOOP && errno != ENXIO) {
    return cannot("open", name, errno);
  }
  struct stat info {};
  if (file && ::fstat(file.get(), &info) != 0) return cannot("look at", name, errno);
  if (!file || !S_ISREG(info.st_mode)) return no_recording(name);
  return ArchiveFolder::OpenFile{std::move(file), stamp_of(info)};
}

FileFacts read_facts(const ArchiveFolder::OpenFile& open, const std::string& name) {
  FileFacts facts;
  facts.stamp = open.stamp;
  // What has no time is as old as the file.
  const WallTime modified(std::chrono::duration_cast<WallTime::duration>(
      std::chrono::nanoseconds(open.stamp.modified)));
  facts.start = time_in_name(name).value_or(modified);
  const auto ours = mp4::is_recording(open.file.get());
  facts.foreign = !ours || !*ours;
  if (!ours) {
    // Each read may take seconds.
    facts.stamp = not_read(facts.stamp);
    facts.damaged = true;
    return facts;
  }
  const auto summary = mp4::read_summary(open.file.get());
  const bool is_disk = !summary && summary.error().code == Errc::unavailable;
  if (is_disk) facts.stamp = not_read(facts.stamp);
  if (!summary || summary->frames == 0) {
    facts.damaged = true;
    return facts;
  }
  facts.start = summary->start.value_or(facts.start);
  facts.length = summary->length;
  facts.frames = summary->frames;
  facts.width = summary->width;
  facts.height = summary->height;
  return facts;
}

// By what is in it now: it may have been replaced since it was listed, or be gone. wrong_state;
// unavailable.
Result<> check_is_ours(int folder, const std::string& name) {
  const auto open = open_file(folder, name);
  if (!open && open.error().code == Errc::not_found) return {};
  if (!open) return open.error();
  const auto ours = mp4::is_recording(open->file.get());
  if (!ours) return make_error(ours.error().code, name + ": " + ours.error().detail);
  if (*ours) return {};
  return make_error(Errc::wrong_state, name + " is not known to be a recording");
}

// A sidecar that can not be read protects: nobody can say that it does not.
NotesFile read_notes_file(int folder, const std::string& name) {
  NotesFile file;
  const auto sidecar = open_file(folder, name);
  if (!sidecar && sidecar.error().code == Errc::not_found) return file;
  const auto text = sidecar ? read_all(sidecar->file.get(), kMostSidecarBytes, name)
                            : Result<std::string>(sidecar.error());
  auto notes = text ? parse_notes(*text) : Result<Notes>(text.error());
  if (notes) {
    file.notes = std::move(*notes);
    return file;
  }
  file.notes.is_protected = true;
  file.unreadable = true;
  file.problem = notes.error().detail;
  if (notes.error().code == Errc::unavailable) file.stamp = not_read({});
  return file;
}

std::optional<Recording> read_one(int folder, const std::string& name) {
  const auto open = open_file(folder, name);
  if (!open && open.error().code == Errc::not_found) return std::nullopt;
  Recording recording;
  recording.name = name;
  if (open) {
    recording.facts = read_facts(*open, name);
  } else {
    recording.facts.start = time_in_name(name).value_or(WallTime{});
    recording.facts.stamp = not_read({});
    recording.facts.damaged = true;
    recording.facts.foreign = true;
  }
  const std::string sidecar = sidecar_name(name);
  const auto stamp = look_at(folder, sidecar);
  if (stamp && !*stamp) return recording;
  NotesFile file = read_notes_file(folder, sidecar);
  if (stamp && !file.stamp.is_not_read()) file.stamp = **stamp;
  recording.set_notes_file(std::move(file));
  return recording;
}

// All names in the folder; an error when it can not be read to its end.
Result<std::vector<std::string>> names_in(int folder, const fs::path& path) {
  const int again = ::openat(folder, ".", kFolderFlags);
  DIR* const entries = again < 0 ? nullptr : ::fdopendir(again);
  if (entries == nullptr) {
    const int number = errno;
    if (again >= 0) ::close(again);
    return cannot("read", path, number);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(entries)) {
    if (is_recording_name(entry->d_name)) names.emplace_back(entry->d_name);
    errno = 0;
  }
  const int number = errno;
  ::closedir(entries);
  if (number != 0) return cannot("read", path, number);
  return names;
}

FileDescriptor open_trash(int folder) {
  return FileDescriptor(::openat(folder, kTrash, kFolderFlags | O_NOFOLLOW));
}

// The notes last: no recording is ever without its notes.
Result<> remove_for_good(int folder, const fs::path& path, const std::string& name) {
  if (::unlinkat(folder, name.c_str(), 0) != 0 && errno != ENOENT) {
    return cannot("delete", path / name, errno);
  }
  const std::string sidecar = sidecar_name(name);
  if (stamp_at(folder, sidecar)) {
    ::fsync(folder);
    ::unlinkat(folder, sidecar.c_str(), 0);
  }
  ::fsync(folder);
  return {};
}

void remove_both(int folder, const std::string& name) {
  ::unlinkat(folder, name.c_str(), 0);
  ::unlinkat(folder, sidecar_name(name).c_str(), 0);
}

// What renames `name` and makes that durable, unless it fails. What can not be opened is moved all
// the same.
template <typename Rename>
auto move_durably(int from, const std::string& name, int to, Rename rename) {
  const FileDescriptor file(::openat(from, name.c_str(), kFileFlags));
  auto renamed = rename();
  if (renamed) sync_moved(file.get(), from, to);
  return renamed;
}

// Over what is there. False, with errno: it failed.
bool move_over(int from, const std::string& name, int to) {
  return move_durably(from, name, to,
                      [&] { return ::renameat(from, name.c_str(), to, name.c_str()) == 0; });
}

// wrong_state: there is one.
Result<> move_beside(int from, const std::string& name, int to) {
  return move_durably(from, name, to,
                      [&] { return rename_without_replacing(from, name, to, name); });
}

// The recording last: by its name it is found again.
void purge_from(int trash, const std::string& name) {
  for (const auto& file : {sidecar_name(name), name}) {
    if (::unlinkat(trash, file.c_str(), 0) == 0 || errno == ENOENT) continue;
    log::warning(kComponent,
                 "cannot remove {}, which was deleted, from {}: {}; the next start tries again",
                 file, kTrash, errno_text(errno));
    return;
  }
}

}  // namespace

Result<FileDescriptor> open_gated(const fs::path& path, const FolderGate& gate) {
  FileDescriptor folder(::open(path.c_str(), kFolderFlags));
  if (!folder) return cannot("open", path, errno);
  if (gate) {
    if (auto admitted = gate(folder.get()); !admitted) return admitted.error();
  }
  return folder;
}

Result<FileDescriptor> ArchiveFolder::open_folder() const {
  return open_gated(path_, gate_);
}

Result<ArchiveFolder::Version> ArchiveFolder::version() const {
  const FileDescriptor folder(::open(path_.c_str(), kFolderFlags));
  struct stat info {};
  if (!folder || ::fstat(folder.get(), &info) != 0) {
    const int number = errno;
    Error why = cannot("open", path_, number);
    if (number == ENOENT || number == ENOTDIR) why.code = Errc::not_found;
    if (number == EACCES) why.code = Errc::refused;
    return why;
  }
  if (const auto admitted = gate_ ? gate_(folder.get()) : Result<>(); !admitted) {
    return make_error(Errc::not_found, admitted.error().detail, admitted.error().reason);
  }
  return Version{static_cast<std::uint64_t>(info.st_dev), static_cast<std::uint64_t>(info.st_ino),
                 stamp_of(info).modified};
}

Result<ArchiveFolder::Differences> ArchiveFolder::compare(std::vector<Known> known) const {
  const auto opened = open_folder();
  if (!opened) return opened.error();
  const auto& folder = *opened;
  auto names = names_in(folder.get(), path_);
  if (!names) return names.error();
  std::unordered_map<std::string_view, const Known*> by_name;
  for (const auto& one : known)
    by_name.emplace(one.name, &one);

  Differences differences;
  std::sort(names->rbegin(), names->rend());
  for (auto& name : *names) {
    const auto stamp = look_at(folder.get(), name);
    if (stamp && !*stamp) continue;
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      differences.to_read.push_back(std::move(name));
      continue;
    }
    const Known& before = *found->second;
    by_name.erase(found);
    const auto notes = look_at(folder.get(), sidecar_name(name));
    // What was known is better than nothing.
    differences.is_unsure = differences.is_unsure || !stamp || !notes;
    if (before.stamp.is_not_read() || before.notes_stamp.is_not_read()) {
      Known now{name, stamp ? **stamp : not_read({}),
                notes ? notes->value_or(FileStamp{}) : not_read({})};
      now.status_changed = status_change(folder.get(), name);
      now.notes_status_changed = status_change(folder.get(), sidecar_name(name));
      differences.not_given.push_back(std::move(now));
      continue;
    }
    if ((stamp && **stamp != before.stamp) ||
        (notes && notes->value_or(FileStamp{}) != before.notes_stamp)) {
      differences.to_read.push_back(std::move(name));
    }
  }
  for (const auto& [name, one] : by_name)
    differences.gone.emplace_back(name);
  return differences;
}

Result<std::vector<Recording>> ArchiveFolder::read(const std::vector<std::string>& names) const {
  std::vector<Recording> recordings;
  const auto folder = open_folder();
  if (!folder) return folder.error();
  for (const auto& name : names) {
    if (auto recording = read_one(folder->get(), name)) recordings.push_back(std::move(*recording));
  }
  return recordings;
}

Result<ArchiveFolder::OpenFile> ArchiveFolder::open(const std::string& name) const {
  const auto opened = open_folder();
  if (!opened) return opened.error();
  const auto& folder = *opened;
  return open_file(folder.get(), name);
}

Result<NotesFile> ArchiveFolder::read_notes(const std::string& name) const {
  const auto folder = open_folder();
  if (!folder) return folder.error();
  return read_notes_file(folder->get(), sidecar_name(name));
}

bool ArchiveFolder::have_changed(const std::vector<Known>& known) const {
  const auto folder = open_folder();
  if (!folder) return false;
  const auto is_other = [&](const std::string& name, const FileStamp& before,
                            std::int64_t changed) {
    const auto found = look_at(folder->get(), name);
    if (found && found->value_or(FileStamp{}) != before) return true;
    const std::int64_t change = changed != 0 ? status_change(folder->get(), name) : 0;
    return change != 0 && change != changed;
  };
  return std::any_of(known.begin(), known.end(), [&](const Known& one) {
    return is_other(sidecar_name(one.name), one.notes_stamp, one.notes_status_changed) ||
           is_other(one.name, one.stamp, one.status_changed);
  });
}

Result<> ArchiveFolder::save_notes(const std::string& name, const Notes& notes) const {
  if (const auto folder = open_folder(); !folder) return folder.error();
  const auto sidecar = path_ / sidecar_name(name);
  if (notes != Notes{}) return write_file_atomically(sidecar, serialize_notes(notes));
  if (::unlink(sidecar.c_str()) != 0 && errno != ENOENT) return cannot("remove", sidecar, errno);
  sync_folder(path_);
  return {};
}

Result<> ArchiveFolder::unlink(const std::string& name) const {
  const auto opened = open_folder();
  if (!opened) return opened.error();
  const auto& folder = *opened;
  // Something else may have its name by now; that is not ours.
  const auto found = look_at(folder.get(), name);
  if (!found) return found.error();
  if (!*found) return {};
  const std::string sidecar = sidecar_name(name);
  if (read_notes_file(folder.get(), sidecar).notes.is_protected) return is_protected(name);
  if (auto ours = check_is_ours(folder.get(), name); !ours) return ours;
  return remove_for_good(folder.get(), path_, name);
}

Result<ArchiveFolder::Deletion> ArchiveFolder::move_to_trash(const std::string& name) const {
  const auto opened = open_folder();
  if (!opened) return opened.error();
  const auto& folder = *opened;
  const auto found = look_at(folder.get(), name);
  if (!found) return found.error();
  if (!*found) return no_recording(name);
  const std::string sidecar = sidecar_name(name);
  if (read_notes_file(folder.get(), sidecar).notes.is_protected) return is_protected(name);
  if (::mkdirat(folder.get(), kTrash, 0755) != 0 && errno != EEXIST) {
    const int number = errno;
    if (reason_of_errno(number) != Reason::disk_full) return cannot("make", path_ / kTrash, number);
    // Whoever deletes makes room.
    if (auto removed = remove_for_good(folder.get(), path_, name); !removed) return removed.error();
    return Deletion::for_good;
  }
  const auto trash = open_trash(folder.get());
  if (!trash) return cannot("open", path_ / kTrash, errno);
  remove_both(trash.get(), name);
  if (!move_over(folder.get(), name, trash.get())) {
    return errno == ENOENT ? no_recording(name) : cannot("remove", name, errno);
  }
  // Not before that is certain: it must not come back without its notes.
  if (stamp_at(folder.get(), sidecar)) move_over(folder.get(), sidecar, trash.get());
  return Deletion::in_trash;
}

Result<> ArchiveFolder::restore(const std::string& name) const {
  const auto opened = open_folder();
  if (!opened) return opened.error();
  const auto& folder = *opened;
  const auto trash = open_trash(folder.get());
  const std::string sidecar = sidecar_name(name);
  if (!trash && errno != ENOENT) return cannot("open", path_ / kTrash, errno);
  const auto deleted = trash ? look_at(trash.get(), name) : Result<Found>(Found());
  if (!deleted) return deleted.error();
  if (!*deleted) {
    return make_error(Errc::not_found, fmt::format("{} is not to be had back", name));
  }
  if (stamp_at(folder.get(), name)) {
    return make_error(Errc::wrong_state, fmt::format("there is another {} now", name));
  }
  // The notes first: what is there is never without them, also after a power cut.
  const bool noted = stamp_at(trash.get(), sidecar).has_value();
  if (noted) {
    auto moved = move_beside(trash.get(), sidecar, folder.get());
    if (!moved) return moved;
  }
  auto moved = move_beside(trash.get(), name, folder.get());
  if (!moved && noted) move_over(folder.get(), sidecar, trash.get());
  return moved;
}

bool ArchiveFolder::purge(const std::string& name) const {
  const auto folder = open_folder();
  if (!folder) return false;
  if (const auto trash = open_trash(folder->get())) purge_from(trash.get(), name);
  return true;
}

void ArchiveFolder::purge_all() const {
  const auto folder = open_folder();
  if (!folder) return;
  const auto trash = open_trash(folder->get());
  if (!trash) return;
  const auto names = names_in(trash.get(), path_ / kTrash);
  if (!names) return;
  for (const auto& name : *names)
    purge_from(trash.get(), name);
}

}  // namespace minidvr::archive
