#include "archive/clip_folder.hpp"

#include "archive/clip_name.hpp"
#include "archive/log_component.hpp"
#include "core/folder_sync.hpp"
#include "core/log.hpp"
#include "mp4/capture_start.hpp"
#include "recording/media_file.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::archive {
namespace fs = std::filesystem;
namespace {

constexpr const char* kClips = "clips";
constexpr const char* kPartialClips = ".partial";
constexpr std::string_view kPartialBegin = "clip-";
constexpr std::string_view kPartialEnd = ".mp4";
constexpr std::size_t kIdDigits = 16;
constexpr mode_t kFolderMode = 0755;
// More would be a list that nobody reads; the others stay where they are.
constexpr std::size_t kMostClips = 1000;

Error clip_trouble(std::string_view what, const fs::path& path, int number) {
  return make_error(number == ENOENT ? Errc::not_found : Errc::unavailable,
                    fmt::format("cannot {} {}: {}", what, path.string(), errno_text(number)),
                    reason_of_errno(number));
}

Error no_clip(std::string_view name) {
  return make_error(Errc::not_found, fmt::format("there is no clip '{}'", name));
}

// Where the folder is not there, no clip is.
Error why_none(std::string_view name, const Error& no_folder) {
  return no_folder.code == Errc::not_found ? no_clip(name) : no_folder;
}

// `path`: of it, for the error.
Result<FileDescriptor> open_below(int folder, const char* name, const fs::path& path) {
  FileDescriptor below(::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!below) return clip_trouble("open", path, errno);
  return below;
}

// The same, made when it is missing.
Result<FileDescriptor> make_below(int folder, const char* name, const fs::path& path) {
  const bool made = ::mkdirat(folder, name, kFolderMode) == 0;
  if (!made && errno != EEXIST) return clip_trouble("make", path, errno);
  if (made) ::fsync(folder);
  return open_below(folder, name, path);
}

FileStamp clip_stamp(const struct stat& info) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {static_cast<std::uint64_t>(info.st_size),
          info.st_mtim.tv_sec * kNanoseconds + info.st_mtim.tv_nsec};
}

// Not waiting: what has the name of a clip may be a FIFO.
Result<ClipFolder::OpenFile> open_clip(int folder, const std::string& name) {
  FileDescriptor file(
      ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && errno != ENOENT && errno != ELOOP && errno != ENXIO) {
    return clip_trouble("open", name, errno);
  }
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return no_clip(name);
  return ClipFolder::OpenFile{std::move(file), clip_stamp(info)};
}

std::vector<std::string> entries_of(const FileDescriptor& folder) {
  std::vector<std::string> names;
  const int again = ::fcntl(folder.get(), F_DUPFD_CLOEXEC, 3);
  DIR* const entries = again < 0 ? nullptr : ::fdopendir(again);
  if (entries == nullptr) {
    if (again >= 0) ::close(again);
    return names;
  }
  ::rewinddir(entries);
  while (const dirent* entry = ::readdir(entries))
    names.emplace_back(entry->d_name);
  ::closedir(entries);
  return names;
}

std::string partial_name(std::string_view id) {
  return fmt::format("{}{}{}", kPartialBegin, id, kPartialEnd);
}

bool is_partial_name(std::string_view name) {
  if (name.size() != kPartialBegin.size() + kIdDigits + kPartialEnd.size() ||
      !name.starts_with(kPartialBegin) || !name.ends_with(kPartialEnd)) {
    return false;
  }
  const auto id = name.substr(kPartialBegin.size(), kIdDigits);
  return id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void unlink_regular(int folder, const std::string& name) {
  struct stat info {};
  const bool is_regular =
      ::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode);
  if (!is_regular || ::unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT) return;
  log::warning(kComponent,
               "cannot remove what is left of a clip, {}: {}; the next start tries again", name,
               errno_text(errno));
}

}  // namespace

fs::path ClipFolder::partial_file(const std::string& id) const {
  return root_ / kClips / kPartialClips / partial_name(id);
}

Result<FileDescriptor> ClipFolder::open_clips() const {
  const auto recordings = open_gated(root_, gate_);
  if (!recordings) return recordings.error();
  return open_below(recordings->get(), kClips, root_ / kClips);
}

Result<FileDescriptor> ClipFolder::open_partial() const {
  const auto clips = open_clips();
  if (!clips) return clips.error();
  return open_below(clips->get(), kPartialClips, root_ / kClips / kPartialClips);
}

Result<> ClipFolder::prepare() const {
  const auto recordings = open_gated(root_, gate_);
  if (!recordings) return recordings.error();
  const auto clips = make_below(recordings->get(), kClips, root_ / kClips);
  if (!clips) return clips.error();
  const auto partial = make_below(clips->get(), kPartialClips, root_ / kClips / kPartialClips);
  return partial ? Result<>() : partial.error();
}

std::vector<ClipFolder::Found> ClipFolder::scan(const KnownClips& known) const {
  std::vector<Found> found;
  const auto clips = open_clips();
  if (!clips) return found;
  for (auto& name : entries_of(*clips)) {
    struct stat info {};
    if (!is_clip_name(name) ||
        ::fstatat(clips->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(info.st_mode)) {
      continue;
    }
    found.push_back({std::move(name), clip_stamp(info), std::nullopt});
  }
  // The newest are listed.
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::pair(b.stamp.modified, b.name) < std::pair(a.stamp.modified, a.name);
  });
  if (found.size() > kMostClips) found.resize(kMostClips);
  for (auto& one : found) {
    const auto before = known.find(one.name);
    if (before != known.end() && before->second.value_or(one.stamp) == one.stamp) continue;
    const auto open = open_clip(clips->get(), one.name);
    if (!open) continue;
    if (const auto summary = mp4::read_summary(open->file.get())) one.summary = *summary;
  }
  return found;
}

bool ClipFolder::is_taken(const std::string& name) const {
  const auto clips = open_clips();
  struct stat info {};
  return clips && ::fstatat(clips->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<ClipFolder::OpenFile> ClipFolder::open(const std::string& name) const {
  if (!is_clip_name(name)) return make_error(Errc::not_found, "there is no clip of that name");
  const auto clips = open_clips();
  if (!clips) return why_none(name, clips.error());
  return open_clip(clips->get(), name);
}

Result<> ClipFolder::remove(const std::string& name) const {
  const auto clips = open_clips();
  if (!clips) return why_none(name, clips.error());
  if (::unlinkat(clips->get(), name.c_str(), 0) != 0) {
    return errno == ENOENT ? no_clip(name) : clip_trouble("remove", name, errno);
  }
  ::fsync(clips->get());
  return {};
}

Result<ClipFolder::Published> ClipFolder::publish(const std::string& id, const std::string& name,
                                                  const Expected& expected) const {
  const auto clips = open_clips();
  const auto partial = open_partial();
  if (!clips) return clips.error();
  if (!partial) return partial.error();
  const std::string made = partial_name(id);
  const FileDescriptor file(
      ::openat(partial->get(), made.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) return clip_trouble("open", made, errno);
  const auto whole = recording::media::verify(file.get(), static_cast<std::size_t>(expected.frames),
                                              expected.payload);
  if (!whole) {
    return make_error(Errc::wrong_state, "what ffmpeg wrote is not whole: " + whole.error().detail);
  }
  // Where there is no room, the file does not tell.
  if (expected.start) mp4::write_capture_start(file.get(), *expected.start);
  if (::fsync(file.get()) != 0) return clip_trouble("sync", name, errno);
  for (int number = 0; number < kMostClipNumbers; ++number) {
    auto wanted = numbered_clip_name(name, number);
    const auto renamed = rename_without_replacing(partial->get(), made, clips->get(), wanted);
    if (!renamed && renamed.error().code == Errc::wrong_state) continue;
    if (!renamed) return renamed.error();
    if (!sync_moved(file.get(), partial->get(), clips->get())) {
      return clip_trouble("sync", root_ / kClips, errno);
    }
    return Published{std::move(wanted), static_cast<std::uint64_t>(info.st_size)};
  }
  return make_error(Errc::unavailable, "no free name for " + name);
}

void ClipFolder::discard(const std::string& id) const {
  if (const auto partial = open_partial()) {
    unlink_regular(partial->get(), partial_name(id));
  }
}

bool ClipFolder::discard_all() const {
  const auto partial = open_partial();
  // The recordings folder is there, but has had no clips.
  if (!partial) return partial.error().code == Errc::not_found;
  for (const auto& name : entries_of(*partial)) {
    if (is_partial_name(name)) unlink_regular(partial->get(), name);
  }
  return true;
}

}  // namespace minidvr::archive
