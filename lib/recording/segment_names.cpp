#include "recording/segment_names.hpp"

#include "core/file.hpp"
#include "core/folder_sync.hpp"

#include <cerrno>
#include <regex>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::recording {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostNotesBytes = 1 << 20;
constexpr const char* kPartialName = ".partial";
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

std::string numbered(const std::string& name, int number) {
  return number == 0 ? name : fmt::format("{}_{}", name, number);
}

// 20261123_101000 and 2 of 20261123_101000_2; any other name is one without a number.
std::pair<std::string, int> without_number(const std::string& name) {
  static const std::regex kNumbered(R"((\d{8}_\d{6})_([1-9]\d{0,3}))");
  std::smatch parts;
  if (!std::regex_match(name, parts, kNumbered)) return {name, 0};
  return {parts[1].str(), std::stoi(parts[2].str())};
}

// What people noted of a segment lies there even while it is written.
std::string notes_of(const std::string& name) {
  return name + ".json";
}

bool is_there(int folder, const std::string& name) {
  struct stat info {};
  return ::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
}

// Notes without a recording are those of another one, and so is a journal.
bool is_anothers(const Folders& folders, const std::string& name) {
  return is_there(folders.recordings.get(), notes_of(name)) ||
         is_there(folders.partial.get(), journal_name(name));
}

// A link, or a copy where there are none (FAT). What can not be had is left behind.
void take_notes_along(int folder, const std::string& from, const std::string& to) {
  if (::linkat(folder, from.c_str(), folder, to.c_str(), 0) == 0 || errno == ENOENT) return;
  const auto notes = open_regular(folder, from, O_RDONLY);
  if (!notes) return;
  const auto text = read_all(notes.get(), kMostNotesBytes, from);
  if (!text) return;
  const FileDescriptor copy(
      ::openat(folder, to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!copy) return;
  const bool written =
      ::write(copy.get(), text->data(), text->size()) == static_cast<ssize_t>(text->size()) &&
      ::fsync(copy.get()) == 0;
  if (!written) ::unlinkat(folder, to.c_str(), 0);
}

bool same_folder(int folder, const fs::path& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(folder, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace

fs::path partial_dir(const fs::path& recordings_dir) {
  return recordings_dir / kPartialName;
}

Result<FileDescriptor> make_and_open(const fs::path& folder) {
  std::error_code ec;
  fs::create_directories(folder, ec);
  FileDescriptor opened(::open(folder.c_str(), kOpenFolder));
  if (opened) return opened;
  return cannot_write_to(folder, ec ? ec.value() : errno);
}

Result<Folders> Folders::in(FileDescriptor recordings) {
  Folders folders{std::move(recordings), {}};
  const int folder = folders.recordings.get();
  if (::mkdirat(folder, kPartialName, 0777) == 0) {
    ::fsync(folder);
  } else if (errno != EEXIST) {
    return make_error(Errc::unavailable, fmt::format("cannot make {} in the recordings folder: {}",
                                                     kPartialName, errno_text(errno)));
  }
  folders.partial = FileDescriptor(::openat(folder, kPartialName, kOpenFolder));
  if (folders.partial) return folders;
  return make_error(Errc::unavailable, fmt::format("cannot open {} in the recordings folder: {}",
                                                   kPartialName, errno_text(errno)));
}

bool Folders::are_those_of(const fs::path& recordings_dir) const {
  return same_folder(recordings.get(), recordings_dir) &&
         same_folder(partial.get(), partial_dir(recordings_dir));
}

bool NamesInUse::add(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return names_.insert(name).second;
}

void NamesInUse::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  names_.erase(name);
}

bool NamesInUse::contains(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return names_.contains(name);
}

std::string journal_name(const std::string& name) {
  return name + std::string(kJournalEnding);
}

std::string segment_name(WallTime first_frame, int number) {
  return numbered(file_stamp(first_frame), number);
}

bool is_taken(const Folders& folders, const std::string& name) {
  return is_there(folders.recordings.get(), name + ".mp4") ||
         is_there(folders.recordings.get(), notes_of(name)) ||
         is_there(folders.partial.get(), name + ".mp4");
}

Result<std::string> publish(const Folders& folders, const std::string& media,
                            const std::string& name) {
  const auto [stem, own] = without_number(name);
  const auto segment = open_regular(folders.partial.get(), media, O_RDONLY);
  if (!segment) {
    return make_error(Errc::unavailable,
                      fmt::format("cannot open {}: {}", media, errno_text(errno)));
  }
  for (int number = own; number < kMostNames; ++number) {
    const std::string free = numbered(stem, number);
    if (number > own && is_anothers(folders, free)) continue;
    std::string file = free + ".mp4";
    const auto renamed =
        rename_without_replacing(folders.partial.get(), media, folders.recordings.get(), file);
    if (renamed) {
      // The notes were for this segment, but who took its name may have brought some, too.
      if (number > own) {
        take_notes_along(folders.recordings.get(), notes_of(name), notes_of(free));
      }
      if (sync_moved(segment.get(), folders.partial.get(), folders.recordings.get())) return file;
      return make_error(Errc::unavailable,
                        fmt::format("cannot sync the name of {}: {}", file, errno_text(errno)));
    }
    if (renamed.error().code != Errc::wrong_state) return renamed.error();
  }
  return make_error(Errc::unavailable, fmt::format("no free name for {}", name));
}

Result<> remove_from_partial(const Folders& folders, const std::string& file) {
  if (::unlinkat(folders.partial.get(), file.c_str(), 0) == 0 || errno == ENOENT) return {};
  return make_error(Errc::unavailable, fmt::format("cannot remove {}: {}", file, errno_text(errno)),
                    reason_of_errno(errno));
}

}  // namespace minidvr::recording
