#include "archive/clip_folder.hpp"

#include "archive/clip_name.hpp"
#include "core/folder_sync.hpp"
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
  return make_error(Errc::unavailable,
                    fmt::format("cannot {} {}: {}", what, path.string(), errno_text(number)),
                    reason_of_errno(number));
}

Error no_clip(std::string_view name) {
  return make_error(Errc::not_found, fmt::format("there is no clip '{}'", name));
}

FileDescriptor open_below(int folder, const char* name) {
  return FileDescriptor(::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
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
  if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode)) {
    ::unlinkat(folder, name.c_str(), 0);
  }
}

}  // namespace

fs::path ClipFolder::partial_file(const std::string& id) const {
  return root_ / kClips / kPartialClips / partial_name(id);
}

FileDescriptor ClipFolder::open_clips() const {
  const auto recordings = open_gated(root_, gate_);
  return recordings ? open_below(recordings->get(), kClips) : FileDescriptor();
}

FileDescriptor ClipFolder::open_partial() const {
  const auto clips = open_clips();
  return clips ? open_below(clips.get(), kPartialClips) : FileDescriptor();
}

Result<> ClipFolder::prepare() const {
  const auto recordings = open_gated(root_, gate_);
  if (!recordings) return recordings.error();
  if (::mkdirat(recordings->get(), kClips, kFolderMode) == 0) ::fsync(recordings->get());
  const auto clips = open_below(recordings->get(), kClips);
  if (!clips) return clip_trouble("make", root_ / kClips, errno);
  ::mkdirat(clips.get(), kPartialClips, kFolderMode);
  if (!open_below(clips.get(), kPartialClips)) {
    return clip_trouble("make", root_ / kClips / kPartialClips, errno);
  }
  return {};
}

std::vector<ClipFolder::Found> ClipFolder::scan(const std::set<std::string>& known) const {
  std::vector<Found> found;
  const auto clips = open_clips();
  if (!clips) return found;
  for (auto& name : entries_of(clips)) {
    struct stat info {};
    if (!is_clip_name(name) ||
        ::fstatat(clips.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 ||
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
    if (known.contains(one.name)) continue;
    const auto open = open_clip(clips.get(), one.name);
    if (!open) continue;
    if (const auto summary = mp4::read_summary(open->file.get())) one.summary = *summary;
  }
  return found;
}

bool ClipFolder::is_taken(const std::string& name) const {
  const auto clips = open_clips();
  struct stat info {};
  return clips && ::fstatat(clips.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<ClipFolder::OpenFile> ClipFolder::open(const std::string& name) const {
  if (!is_clip_name(name)) return make_error(Errc::not_found, "there is no clip of that name");
  const auto clips = open_clips();
  if (!clips) return no_clip(name);
  return open_clip(clips.get(), name);
}

Result<> ClipFolder::remove(const std::string& name) const {
  const auto clips = open_clips();
  if (!clips || ::unlinkat(clips.get(), name.c_str(), 0) != 0) {
    return !clips || errno == ENOENT ? no_clip(name) : clip_trouble("remove", name, errno);
  }
  ::fsync(clips.get());
  return {};
}

Result<ClipFolder::Published> ClipFolder::publish(const std::string& id, const std::string& name,
                                                  const Expected& expected) const {
  const auto clips = open_clips();
  const auto partial = open_partial();
  if (!clips || !partial) return clip_trouble("open", root_ / kClips, errno);
  const std::string made = partial_name(id);
  const FileDescriptor file(
      ::openat(partial.get(), made.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
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
    const auto renamed = rename_without_replacing(partial.get(), made, clips.get(), wanted);
    if (!renamed && renamed.error().code == Errc::wrong_state) continue;
    if (!renamed) return renamed.error();
    if (!sync_names(clips.get())) return clip_trouble("sync", root_ / kClips, errno);
    return Published{std::move(wanted), static_cast<std::uint64_t>(info.st_size)};
  }
  return make_error(Errc::unavailable, "no free name for " + name);
}

void ClipFolder::discard(const std::string& id) const {
  if (const auto partial = open_partial()) {
    unlink_regular(partial.get(), partial_name(id));
  }
}

void ClipFolder::discard_all() const {
  const auto partial = open_partial();
  if (!partial) return;
  for (const auto& name : entries_of(partial)) {
    if (is_partial_name(name)) unlink_regular(partial.get(), name);
  }
}

}  // namespace minidvr::archive
