#include "recording/segment_file.hpp"

#include "core/folder_sync.hpp"
#include "mp4/capture_start.hpp"
#include "recording/disk_space.hpp"
#include "recording/media_file.hpp"
#include "recording/segment_plan.hpp"

#include <cerrno>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace minidvr::recording {
namespace {

// A segment may be longer than 2 GiB, also on a 32-bit system.
static_assert(sizeof(off_t) == 8);

// Where nobody tells, ffmpeg fails at the end, and another one goes on.
std::uint64_t largest_file_in(int folder) {
  struct statfs info {};
  return ::fstatfs(folder, &info) == 0 ? largest_file_of(info) : kAnySize;
}

}  // namespace

SegmentFile::SegmentFile(std::filesystem::path recordings_dir, Folders folders, std::string name,
                         JournalHeader header, JournalWriter journal, NamesInUse& names)
    : recordings_dir_(std::move(recordings_dir)),
      folders_(std::move(folders)),
      name_(std::move(name)),
      header_(std::move(header)),
      journal_(std::move(journal)),
      names_(names),
      largest_file_(largest_file_in(folders_.partial.get())) {}

SegmentFile::~SegmentFile() {
  names_.remove(name_);
}

Result<std::shared_ptr<SegmentFile>> SegmentFile::create(
    const std::filesystem::path& recordings_dir, Folders folders, WallTime first_frame,
    JournalHeader header, NamesInUse& names) {
  header.boot_id = current_boot_id();
  for (int number = 0; number < kMostNames; ++number) {
    std::string name = segment_name(first_frame, number);
    if (is_taken(folders, name)) continue;
    // Before there is anything that could be taken for a leftover.
    if (!names.add(name)) continue;
    auto journal = JournalWriter::create(folders.partial.get(), journal_name(name), header);
    if (journal) {
      return std::shared_ptr<SegmentFile>(new SegmentFile(recordings_dir, std::move(folders),
                                                          std::move(name), std::move(header),
                                                          std::move(*journal), names));
    }
    names.remove(name);
    if (journal.error().code != Errc::wrong_state) return journal.error();
  }
  return make_error(Errc::unavailable,
                    fmt::format("no free name for {}", segment_name(first_frame, 0)));
}

bool SegmentFile::open_media() {
  errno = 0;
  if (!media_) {
    media_ = open_regular(folders_.partial.get(), header_.media, O_RDWR);
  }
  if (media_ && payload_) return true;
  if (media_) payload_ = media::payload_offset(media_.get(), header_.reserve);
  if (!payload_) {
    disk_does_not_give_it_ = errno != 0 && errno != ENOENT;
    media_problem_ =
        disk_does_not_give_it_ ? "it can not be read: " + errno_text(errno) : "it is not there";
    return false;
  }
  // ffmpeg leaves a hole for the header. Without blocks behind it, a full disk could not be told
  // what it holds.
  ::fallocate(media_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(*payload_));
  return true;
}

// The folder was removed, moved, unmounted or mounted over, or somebody removed the files.
bool SegmentFile::is_gone(Progress& progress) const {
  errno = 0;
  if (!folders_.are_those_of(recordings_dir_)) {
    progress.folder_is_gone = errno == 0 || errno == ENOENT || errno == ENOTDIR;
    if (!progress.folder_is_gone) {
      progress.failure =
          fmt::format("cannot look at {}: {}", recordings_dir_.string(), errno_text(errno));
      return true;
    }
  }
  struct stat info {};
  if (media_ && ::fstat(media_.get(), &info) == 0 && info.st_nlink == 0) {
    progress.folder_is_gone = true;
  }
  if (progress.folder_is_gone) {
    progress.failure = fmt::format("{} is not there any more", recordings_dir_.string());
  }
  return progress.folder_is_gone;
}

// The names of the files, what is in them, and the journal's word for it. Returns what failed.
std::string SegmentFile::sync_all() {
  const auto failed = [](std::string_view what) {
    return fmt::format("cannot sync {}: {}", what, errno_text(errno));
  };
  if (!names_are_durable_) {
    // Whoever made the folders, and their own folder's word for them.
    std::error_code ec;
    sync_folder(std::filesystem::absolute(recordings_dir_, ec).parent_path());
    if (!sync_names(folders_.recordings.get())) return failed(recordings_dir_.string());
    if (!sync_names(folders_.partial.get())) return failed(partial_dir(recordings_dir_).string());
    names_are_durable_ = true;
  }
  if (::fdatasync(media_.get()) != 0) return failed(header_.media);
  if (auto noted = note_synced(); !noted) return noted.error().detail;
  synced_ = written_;
  return {};
}

// The journal says that all it names is on the disk, for good.
Result<> SegmentFile::note_synced() {
  if (auto marked = journal_.append_sync_mark(); !marked) return marked;
  return journal_.sync();
}

SegmentFile::Progress SegmentFile::follow(std::span<const Sample> waiting, bool sync) {
  Progress progress;
  if (is_gone(progress)) return progress;
  struct stat info {};
  if (!open_media()) {
    // Else ffmpeg has not begun it.
    if (disk_does_not_give_it_) progress.failure = header_.media + ": " + media_problem_;
    return progress;
  }
  if (::fstat(media_.get(), &info) != 0) {
    progress.failure = fmt::format("cannot look at {}: {}", header_.media, errno_text(errno));
    return progress;
  }
  progress.file_bytes = static_cast<std::uint64_t>(info.st_size);

  std::uint64_t bytes = written_bytes_;
  for (const auto& sample : waiting) {
    if (*payload_ + bytes + sample.size > progress.file_bytes) break;
    bytes += sample.size;
    ++progress.written;
  }
  // What the journal does not hold is not written: without ffmpeg it could not be found again.
  if (auto noted = journal_.append(waiting.first(progress.written)); !noted) {
    progress.written = 0;
    progress.failure = noted.error().detail;
    return progress;
  }
  written_ += progress.written;
  written_bytes_ = bytes;
  if (sync) {
    progress.failure = sync_all();
    progress.synced = progress.failure.empty();
  }
  return progress;
}

SegmentFile::Closed SegmentFile::close(Ending ending, const Given& given) {
  auto closed = end(ending, given);
  // close(2) of a file on a network sends what is not there yet, and the last one of a file that
  // was removed frees its blocks: whoever has the last reference to this waits for neither.
  if (!closed.not_whole) {
    media_.reset();
    journal_.close();
    folders_ = Folders();
  }
  return closed;
}

SegmentFile::Closed SegmentFile::end(Ending ending, const Given& given) {
  if (ending == Ending::nothing) return remove({});
  if (ending == Ending::trailer) {
    Closed closed;
    const auto whole = open_media() ? media::verify(media_.get(), given.samples, given.bytes)
                                    : make_error(Errc::wrong_state, media_problem_);
    if (!whole) {
      closed.not_whole = true;
      closed.problem = fmt::format("{}: {}", header_.media, whole.error().detail);
      return closed;
    }
    // Its name tells the second. A disk that does not take this does not sync either.
    mp4::write_capture_start(media_.get(), header_.start());
    if (::fsync(media_.get()) == 0) {
      closed = publish_and_clear(given.samples);
      if (closed.file.empty()) closed.problem += note_whole(given.waiting);
      return closed;
    }
    const auto why = fmt::format("cannot sync {}: {}", header_.media, errno_text(errno));
    closed = close_with_own_header(true, {});
    closed.problem += (closed.problem.empty() ? "" : "; ") + why;
    return closed;
  }
  return close_with_own_header(ending == Ending::synced_only, given.waiting);
}

SegmentFile::Closed SegmentFile::close_with_own_header(bool synced_only,
                                                       std::span<const Sample> waiting) {
  Progress last;
  if (!synced_only) {
    last = follow(waiting, true);
    synced_only = !last.failure.empty();
  }
  const std::string& problem = last.failure;
  if (synced_ == 0) {
    Closed closed = remove(problem);
    closed.folder_is_gone = last.folder_is_gone;
    return closed;
  }
  if (!open_media()) return keep_synced(header_.media + ": " + media_problem_);
  if (synced_only) {
    if (auto kept = journal_.keep_synced(); !kept) return keep_synced(kept.error().detail);
  }
  const auto journal = read_journal(folders_.partial.get(), journal_name(name_));
  if (!journal) return keep_synced(journal.error().detail);
  const auto samples = std::span(journal->samples).first(synced_);
  if (auto written = media::write_header(media_.get(), header_, samples); !written) {
    return keep_synced(header_.media + ": " + written.error().detail);
  }
  Closed closed = publish_and_clear(synced_);
  if (closed.problem.empty()) {
    closed.problem = problem;
    closed.folder_is_gone = last.folder_is_gone;
  }
  return closed;
}

SegmentFile::Closed SegmentFile::publish_and_clear(std::size_t frames) {
  Closed closed;
  closed.frames = frames;
  auto file = publish(folders_, header_.media, name_);
  if (!file) {
    closed.problem = file.error().detail;
    return closed;
  }
  closed.file = std::move(*file);
  closed.left_behind = remove_file(journal_name(name_));
  return closed;
}

// The segment stays in .partial although it is whole: its journal is to name all of it, too.
// Returns what failed.
std::string SegmentFile::note_whole(std::span<const Sample> waiting) {
  auto noted = journal_.append(waiting);
  if (noted) noted = note_synced();
  return noted ? std::string{} : "; " + noted.error().detail;
}

// The segment stays in .partial, for later.
SegmentFile::Closed SegmentFile::keep_synced(std::string problem) {
  if (auto kept = journal_.keep_synced(); !kept) problem += "; " + kept.error().detail;
  return {synced_, {}, std::move(problem), false, false};
}

SegmentFile::Closed SegmentFile::remove(std::string problem) {
  Closed closed{0, {}, std::move(problem), false};
  closed.left_behind = remove_file(header_.media);
  // By its journal it is found again, if that names no frame that went elsewhere.
  if (!closed.left_behind.empty() && journal_.keep_synced()) return closed;
  const auto journal = remove_file(journal_name(name_));
  if (closed.left_behind.empty()) closed.left_behind = journal;
  return closed;
}

// Returns what failed.
std::string SegmentFile::remove_file(const std::string& file) const {
  const auto removed = remove_from_partial(folders_, file);
  return removed ? std::string{} : removed.error().detail;
}

}  // namespace minidvr::recording
