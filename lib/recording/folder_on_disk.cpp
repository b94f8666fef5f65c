#include "recording/folder_on_disk.hpp"

#include "core/folder_sync.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <random>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace minidvr::recording {
namespace fs = std::filesystem;
namespace {

constexpr const char* kNewMarker = ".mini-dvr-folder.new";
constexpr std::size_t kIdDigits = 32;
constexpr std::size_t kMostMarkerBytes = 256;

bool is_id(std::string_view text) {
  return text.size() == kIdDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string new_folder_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::string marker_in(int folder) {
  const auto file = open_regular(folder, kFolderMarker, O_RDONLY);
  if (!file) return {};
  const auto text = read_all(file.get(), kMostMarkerBytes, kFolderMarker);
  if (!text) return {};
  std::string id = text->substr(0, text->find('\n'));
  return is_id(id) ? id : std::string{};
}

bool write_marker(int folder, const std::string& id) {
  const std::string text =
      id + "\nMini-DVR knows this folder by this file: without it, it may not record here.\n";
  const FileDescriptor file(
      ::openat(folder, kNewMarker, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  const bool written =
      file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file.get()) == 0 && ::renameat(folder, kNewMarker, folder, kFolderMarker) == 0;
  if (file && !written) ::unlinkat(folder, kNewMarker, 0);
  if (written) sync_moved(file.get(), folder, folder);
  return written;
}

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

bool lies_in_private_tmp(std::string_view fdinfo, std::string_view mountinfo) {
  constexpr std::string_view kMount = "mnt_id:";
  const auto key = fdinfo.find(kMount);
  if (key == std::string_view::npos) return false;
  const auto behind = fdinfo.substr(key + kMount.size());
  const auto id = trim(behind.substr(0, behind.find('\n')));
  while (!mountinfo.empty()) {
    const auto line = mountinfo.substr(0, mountinfo.find('\n'));
    mountinfo.remove_prefix(std::min(mountinfo.size(), line.size() + 1));
    // ID PARENT DEVICE ROOT PLACE ...: its root is the folder that systemd made in the real /tmp.
    if (line.substr(0, line.find(' ')) != id) continue;
    return line.find("/systemd-private-") != std::string_view::npos;
  }
  return false;
}

// What an overlay writes to, a disk or memory, is not to be seen through it.
std::string why_not_lasting(int folder) {
  constexpr std::size_t kMostBytes = 1 << 20;  // of what the kernel tells of all mounts
  const auto fdinfo = read_file(fmt::format("/proc/self/fdinfo/{}", folder), kMostBytes);
  const auto mountinfo = read_file("/proc/self/mountinfo", kMostBytes);
  if (fdinfo && mountinfo && lies_in_private_tmp(*fdinfo, *mountinfo))
    return "lies in a /tmp of the service's own (PrivateTmp), which is emptied when it stops";
  struct statfs info {};
  if (::fstatfs(folder, &info) != 0) return {};
  switch (static_cast<std::uint32_t>(info.f_type)) {
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
      return "lies in memory: what is there is gone at the next start of the machine";
    case OVERLAYFS_SUPER_MAGIC:
      return "lies on an overlay, as of a card that is to be spared or of a container: what is "
             "there may be gone at the next start";
    default:
      return {};
  }
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

bool is_same_folder(int a, int b) {
  struct stat one {};
  struct stat other {};
  return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

bool is_on_disk_of(int folder, const fs::path& file) {
  std::error_code ec;
  struct stat one {};
  struct stat other {};
  if (::fstat(folder, &one) != 0) return false;
  fs::path existing = fs::absolute(file, ec).lexically_normal().parent_path();
  while (::stat(existing.c_str(), &other) != 0) {
    if (errno != ENOENT || !existing.has_relative_path()) return false;
    existing = existing.parent_path();
  }
  return one.st_dev == other.st_dev;
}

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

}  // namespace minidvr::recording
