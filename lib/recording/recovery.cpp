#include "recording/recovery.hpp"

#include "core/log.hpp"
#include "mp4/capture_start.hpp"
#include "recording/journal.hpp"
#include "recording/media_file.hpp"
#include "recording/unsynced_leftovers.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace minidvr::recording {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRecovery = "recovery";  // in the log

// The names, by their journals, that nobody writes. An error when the folder can not be read to its
// end.
Result<std::vector<std::string>> look_for_leftovers(const Folders& folders,
                                                    const NamesInUse& in_use) {
  std::vector<std::string> found;
  std::error_code ec;
  fs::directory_iterator entry(fmt::format("/proc/self/fd/{}", folders.partial.get()), ec);
  for (; !ec && entry != fs::directory_iterator(); entry.increment(ec)) {
    const std::string file = entry->path().filename().string();
    if (!file.ends_with(kJournalEnding)) continue;
    std::string name = file.substr(0, file.size() - kJournalEnding.size());
    if (!in_use.contains(name)) found.push_back(std::move(name));
  }
  if (ec) return make_error(Errc::unavailable, "cannot read .partial: " + ec.message());
  return found;
}

// Whether ffmpeg's own header can be trusted: all its frames are known to be on the disk.
bool has_good_trailer(int media, const Journal& journal, bool same_boot) {
  if (!media::verify(media)) return false;
  const auto samples = media::samples_in_header(media);
  if (journal.ended) return samples == journal.samples.size();
  return same_boot || samples == journal.synced;
}

Error of_file(const std::string& file, Error why) {
  why.detail = fmt::format("{}: {}", file, why.detail);
  return why;
}

// Returns how many frames the file has; 0: none.
Result<std::size_t> make_whole(int media, const Journal& journal) {
  const bool same_boot = journal.header.boot_id == current_boot_id();
  if (has_good_trailer(media, journal, same_boot)) {
    mp4::write_capture_start(media, journal.header.start());
    if (::fsync(media) == 0) return *media::samples_in_header(media);
    return make_error(Errc::unavailable,
                      fmt::format("cannot sync {}: {}", journal.header.media, errno_text(errno)));
  }
  const std::size_t trusted = same_boot ? journal.samples.size() : journal.synced;
  const auto samples =
      media::keep_whole_frames(media, journal.header.reserve, journal.samples, trusted);
  if (!samples) return of_file(journal.header.media, samples.error());
  if (samples->empty()) return std::size_t{0};
  if (auto written = media::write_header(media, journal.header, *samples); !written) {
    return of_file(journal.header.media, written.error());
  }
  return samples->size();
}

// Why whole segments stay where they are.
using Unmovable = std::vector<std::string>;

// After it nothing of the segment is left there.
Result<> close_leftover(const Folders& folders, const std::string& name, RecoveryProgress& progress,
                        Unmovable& unmovable) {
  const int partial = folders.partial.get();
  const std::string journal_file = journal_name(name);
  const auto journal = read_journal(partial, journal_file);
  if (!journal) return journal.error();
  const std::string& media_file = journal->header.media;
  const auto media = open_regular(partial, media_file, O_RDWR);
  if (!media) {
    if (errno != ENOENT) {
      return make_error(Errc::unavailable,
                        fmt::format("cannot open {}: {}", media_file, errno_text(errno)));
    }
    // It was published, or ffmpeg never began it.
    return remove_from_partial(folders, journal_file);
  }
  const auto frames = make_whole(media.get(), *journal);
  if (!frames) return frames.error();
  if (*frames == 0 && journal->synced > 0) {
    return make_error(Errc::unavailable,
                      fmt::format("{} has none of the {} frames of its journal; it is kept",
                                  media_file, journal->synced));
  }
  if (*frames == 0) {
    if (auto removed = remove_from_partial(folders, media_file); !removed) return removed;
    log::info(kRecovery, "{} held no frame and was removed", media_file);
    return remove_from_partial(folders, journal_file);
  }
  auto file = publish(folders, media_file, name);
  if (!file) {
    unmovable.push_back(file.error().detail);
    return file.error();
  }
  ++progress.published;
  log::info(kRecovery, "completed {}: {} frames", *file, *frames);
  return remove_from_partial(folders, journal_file);
}

void tell(const std::string& name, const std::string& what, std::set<std::string>& told) {
  if (told.insert(name + what).second) {
    log::error(kRecovery, "{} stays in .partial: {}", name, what);
  }
}

}  // namespace

void RecoveryProgress::note_unmovable(std::size_t count, const std::string& why) {
  const std::lock_guard lock(mutex_);
  unmovable_ = count;
  why_unmovable_ = why;
}

std::string RecoveryProgress::unmovable(const fs::path& partial) const {
  const std::lock_guard lock(mutex_);
  if (unmovable_ == 0) return {};
  if (unmovable_ == 1) {
    return fmt::format("a whole segment can not be moved out of {}: {}", partial.string(),
                       why_unmovable_);
  }
  return fmt::format("{} whole segments can not be moved out of {}, the first because: {}",
                     unmovable_, partial.string(), why_unmovable_);
}

std::size_t recover(const Folders& folders, const NamesInUse& in_use, RecoveryProgress& progress,
                    std::set<std::string>& told) {
  remove_unsynced_leftovers(folders, in_use, told);
  const auto looked = look_for_leftovers(folders, in_use);
  if (!looked) {
    if (told.insert(looked.error().detail).second)
      log::error(kRecovery, "{}", looked.error().detail);
    return 1;  // there may be one
  }
  const auto& found = *looked;
  progress.left = found.size();
  std::size_t failed = 0;
  Unmovable unmovable;
  for (const auto& name : found) {
    if (progress.stop) break;
    if (const auto closed = close_leftover(folders, name, progress, unmovable); !closed) {
      tell(name, closed.error().detail, told);
      ++failed;
    }
    --progress.left;
  }
  progress.left = failed;
  progress.note_unmovable(unmovable.size(), unmovable.empty() ? std::string() : unmovable.front());
  return failed;
}

}  // namespace minidvr::recording
