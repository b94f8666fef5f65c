#include "recording/known_folder.hpp"

#include "core/json_text.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace minidvr::recording {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr const char* kKnownFolder = "mini-dvr";  // in the log
constexpr const char* kNewMarker = ".mini-dvr-folder.new";
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr std::size_t kIdDigits = 32;
constexpr std::size_t kMostMarkerBytes = 256;
constexpr std::size_t kMostMemoryBytes = 1 << 20;

bool is_id(std::string_view text) {
  return text.size() == kIdDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string new_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

// Empty: the folder has none, or it can not be read.
std::string marker_in(int folder) {
  const FileDescriptor file(
      ::openat(folder, KnownFolder::kMarkerName, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return {};
  const auto text = read_all(file.get(), kMostMarkerBytes, KnownFolder::kMarkerName);
  if (!text) return {};
  std::string id = text->substr(0, text->find('\n'));
  return is_id(id) ? id : std::string{};
}

// Whole, or not at all. False: it can not be written.
bool write_marker(int folder, const std::string& id) {
  const std::string text =
      id + "\nMini-DVR knows this folder by this file: without it, it may not record here.\n";
  const FileDescriptor file(
      ::openat(folder, kNewMarker, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  const bool written =
      file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file.get()) == 0 &&
      ::renameat(folder, kNewMarker, folder, KnownFolder::kMarkerName) == 0;
  if (file && !written) ::unlinkat(folder, kNewMarker, 0);
  if (written) ::fsync(folder);
  return written;
}

// What the kernel calls it: most file systems are told apart by a number of their own.
std::string file_system_of(int folder) {
  struct statfs info {};
  if (::fstatfs(folder, &info) != 0) return {};
  const auto& number = info.f_fsid.__val;
  if (number[0] == 0 && number[1] == 0) return {};
  return fmt::format("{:x}-{:08x}{:08x}", static_cast<unsigned long>(info.f_type),
                     static_cast<unsigned>(number[0]), static_cast<unsigned>(number[1]));
}

std::vector<std::string> file_systems_above(const fs::path& path) {
  std::vector<std::string> found;
  for (fs::path above = path; above.has_relative_path();) {
    above = above.parent_path();
    const FileDescriptor folder(::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (folder) found.push_back(file_system_of(folder.get()));
  }
  return found;
}

bool holds_recordings(int folder) {
  const int again = ::openat(folder, ".", kDirectoryFlags);
  DIR* const entries = again < 0 ? nullptr : ::fdopendir(again);
  if (entries == nullptr) {
    if (again >= 0) ::close(again);
    return false;
  }
  bool found = false;
  while (const dirent* entry = found ? nullptr : ::readdir(entries))
    found = std::string_view(entry->d_name).ends_with(".mp4");
  ::closedir(entries);
  return found;
}

bool same(int a, int b) {
  struct stat one {};
  struct stat other {};
  return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

// Whether the file is, or would be made, on the disk of `folder`.
bool on_disk_of(int folder, const fs::path& file) {
  std::error_code ec;
  struct stat one {};
  struct stat other {};
  if (::fstat(folder, &one) != 0) return false;
  fs::path existing = fs::absolute(file, ec).lexically_normal().parent_path();
  while (::stat(existing.c_str(), &other) != 0) {
    if (!existing.has_relative_path()) return false;
    existing = existing.parent_path();
  }
  return one.st_dev == other.st_dev;
}

// The nearest folder above that is there, and what is missing below it, from there on.
std::pair<FileDescriptor, std::vector<std::string>> place_of(const fs::path& path) {
  std::vector<std::string> missing;
  for (fs::path existing = path;; existing = existing.parent_path()) {
    FileDescriptor folder(::open(existing.c_str(), kDirectoryFlags));
    if (folder || errno != ENOENT || !existing.has_relative_path()) {
      std::reverse(missing.begin(), missing.end());
      return {std::move(folder), std::move(missing)};
    }
    if (existing.has_filename()) missing.push_back(existing.filename().string());
  }
}

Error cannot_write_to(const std::string& path, int number) {
  return make_error(Errc::unavailable,
                    fmt::format("cannot write to {}: {}", path, errno_text(number)));
}

json::object folders_in(const fs::path& memory) {
  const auto text = read_file(memory, kMostMemoryBytes);
  if (!text) return {};
  boost::system::error_code ec;
  const auto value = json::parse(*text, ec);
  const auto* object = ec ? nullptr : value.if_object();
  return object == nullptr ? json::object{} : *object;
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
  if (!with_recordings) {
    const std::lock_guard guard(mutex_);
    if (options_.elsewhere.empty() || !remembered_in(options_.elsewhere)) return {};
  }
  return look();
}

// `folder`: -1 when there is none, and `place` is where it would be made.
Result<> KnownFolder::judge(int folder, int place, bool to_record) {
  const std::lock_guard guard(mutex_);
  if (folder >= 0 && held_ && same(folder, held_.get())) return {};
  held_.reset();  // a disk that is to go can go
  FoundFolder found;
  found.identity.file_system = file_system_of(place);
  if (folder >= 0) {
    found.identity.id = marker_in(folder);
    found.has_recordings = found.identity.id.empty() && holds_recordings(folder);
    found.file_systems_above = file_systems_above(path_);
  }
  const auto before = remembered();
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
  return {};
}

// A folder that can not be written is known by its file system alone.
void KnownFolder::adopt(int folder, const std::optional<FolderIdentity>& remembered,
                        FoundFolder found) {
  auto& identity = found.identity;
  if (identity.id.empty()) {
    identity.id = adopted_id(remembered, found);
    if (identity.id.empty()) identity.id = new_id();
    if (!write_marker(folder, identity.id)) identity.id.clear();
  }
  if (identity == FolderIdentity{} || identity == remembered) return;
  remember(folder, identity);
}

std::optional<FolderIdentity> KnownFolder::remembered() const {
  if (!options_.elsewhere.empty()) {
    if (auto known = remembered_in(options_.elsewhere)) return known;
  }
  if (auto known = remembered_in(options_.memory)) return known;
  return unsaved_;
}

std::optional<FolderIdentity> KnownFolder::remembered_in(const fs::path& memory) const {
  const auto folders = folders_in(memory);
  const auto* entry = folders.if_contains(path_);
  const auto* object = entry == nullptr ? nullptr : entry->if_object();
  if (object == nullptr) return std::nullopt;
  return FolderIdentity{text_of(*object, "id"), text_of(*object, "file_system")};
}

Result<> KnownFolder::write(const fs::path& memory, const FolderIdentity& identity) const {
  auto folders = folders_in(memory);
  folders[path_] = json::object{{"id", identity.id}, {"file_system", identity.file_system}};
  return write_file_atomically(memory, json_text(folders) + "\n");
}

// Where the first goes away with the recordings, and the second does not. What it has is kept true.
bool KnownFolder::needs_elsewhere(int folder) const {
  const auto& elsewhere = options_.elsewhere;
  if (elsewhere.empty()) return false;
  return (on_disk_of(folder, options_.memory) && !on_disk_of(folder, elsewhere)) ||
         remembered_in(elsewhere);
}

void KnownFolder::keep_elsewhere(int folder, const FolderIdentity& identity) {
  if (unsaved_ || !needs_elsewhere(folder) || remembered_in(options_.elsewhere) == identity) return;
  remember(folder, identity);
}

void KnownFolder::remember(int folder, const FolderIdentity& identity) {
  auto saved = write(options_.memory, identity);
  if (saved && needs_elsewhere(folder)) saved = write(options_.elsewhere, identity);
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
