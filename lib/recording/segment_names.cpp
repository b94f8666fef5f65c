#include "recording/segment_names.hpp"

#include "core/file.hpp"

#include <system_error>

#include <fmt/format.h>

namespace minidvr::recording {
namespace fs = std::filesystem;
namespace {

constexpr int kMaxNames = 10'000;  // of one second: far more than ever

bool taken(const fs::path& path) {
  std::error_code ec;
  return fs::exists(fs::symlink_status(path, ec));
}

std::string numbered(const std::string& stem, int number) {
  return number == 0 ? stem : fmt::format("{}_{}", stem, number);
}

}  // namespace

fs::path partial_dir(const fs::path& recordings_dir) {
  return recordings_dir / ".partial";
}

std::string free_stem(const fs::path& recordings_dir, WallTime first_frame) {
  const fs::path partial = partial_dir(recordings_dir);
  std::string stamp = file_stamp(first_frame);
  for (int number = 0; number < kMaxNames; ++number) {
    std::string stem = numbered(stamp, number);
    const bool free = !taken(recordings_dir / (stem + ".mp4")) &&
                      !taken(partial / (stem + ".mp4")) && !taken(partial / (stem + ".journal"));
    if (free) return stem;
  }
  return stamp;
}

Result<std::string> publish(const fs::path& recordings_dir, const std::string& stem) {
  const fs::path from = partial_dir(recordings_dir) / (stem + ".mp4");
  for (int number = 0; number < kMaxNames; ++number) {
    const std::string name = numbered(stem, number) + ".mp4";
    const auto renamed = rename_without_replacing(from, recordings_dir / name);
    if (renamed) {
      sync_folder(recordings_dir);
      return name;
    }
    if (renamed.error().code != Errc::wrong_state) return renamed.error();
  }
  return make_error(Errc::unavailable, fmt::format("no free name for {}", from.string()));
}

}  // namespace minidvr::recording
