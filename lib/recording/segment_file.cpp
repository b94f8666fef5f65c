#include "recording/segment_file.hpp"

#include "core/log.hpp"
#include "recording/mp4_file.hpp"
#include "recording/segment_names.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::recording {
namespace fs = std::filesystem;
namespace {

constexpr const char* kComponent = "recorder";

Result<std::string> complete_and_publish(const fs::path& recordings_dir, const std::string& stem) {
  const fs::path file = partial_dir(recordings_dir) / (stem + ".mp4");
  const fs::path journal_file = partial_dir(recordings_dir) / (stem + ".journal");
  std::error_code ec;
  const auto journal = read_journal(journal_file, current_boot_id());
  if (!journal) return journal.error();
  const auto frames = complete_in_place(file, *journal);
  if (!frames && frames.error().code != Errc::not_found) return frames.error();
  if (frames && *frames == 0 && !journal->samples.empty()) {
    return make_error(Errc::unavailable,
                      fmt::format("{} has none of the {} frames of its journal; it is kept",
                                  file.string(), journal->samples.size()));
  }
  if (!frames || *frames == 0) {
    if (frames) log::info(kComponent, "{}.mp4 holds no frame, removing it", stem);
    fs::remove(file, ec);
    fs::remove(journal_file, ec);
    return std::string{};
  }
  if (auto complete = check_complete(file, *frames); !complete) return complete.error();
  auto name = publish(recordings_dir, stem);
  if (!name) return name.error();
  fs::remove(journal_file, ec);
  log::info(kComponent, "completed {} from what was on the disk: {} frames", *name, *frames);
  return name;
}

}  // namespace

SegmentFile::SegmentFile(fs::path recordings_dir, std::string stem, JournalHeader header,
                         JournalWriter journal)
    : recordings_dir_(std::move(recordings_dir)),
      stem_(std::move(stem)),
      header_(std::move(header)),
      journal_(std::move(journal)) {}

fs::path SegmentFile::path() const {
  return partial_dir(recordings_dir_) / (stem_ + ".mp4");
}

fs::path SegmentFile::journal_path() const {
  return partial_dir(recordings_dir_) / (stem_ + ".journal");
}

Result<SegmentFile> SegmentFile::create(const fs::path& recordings_dir, WallTime first_frame,
                                        JournalHeader header) {
  std::error_code ec;
  const fs::path partial = partial_dir(recordings_dir);
  fs::create_directories(partial, ec);
  if (ec) {
    return make_error(Errc::unavailable,
                      fmt::format("cannot make {}: {}", partial.string(), ec.message()));
  }
  header.boot_id = current_boot_id();
  const std::string stem = free_stem(recordings_dir, first_frame);
  auto journal = JournalWriter::create(partial / (stem + ".journal"), header);
  if (!journal) return journal.error();
  return SegmentFile(recordings_dir, stem, std::move(header), std::move(*journal));
}

void SegmentFile::open_when_there() {
  if (!file_) file_ = FileDescriptor(::open(path().c_str(), O_RDWR | O_CLOEXEC));
  if (!file_ || payload_) return;
  payload_ = payload_offset(file_.get(), header_.header_bytes);
  // ffmpeg leaves a hole for the header. Without blocks behind it, a full disk could not be told
  // what it holds.
  if (payload_) {
    ::fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(*payload_));
  }
}

SegmentFile::Progress SegmentFile::follow(std::span<const Sample> written, bool sync) {
  Progress progress;
  open_when_there();
  struct stat info {};
  if (!file_ || !payload_ || ::fstat(file_.get(), &info) != 0) return progress;
  progress.file_bytes = static_cast<std::uint64_t>(info.st_size);

  std::uint64_t bytes = confirmed_bytes_;
  for (const auto& sample : written) {
    if (*payload_ + bytes + sample.size > progress.file_bytes) break;
    bytes += sample.size;
    ++progress.confirmed;
  }
  const auto note = [&](const Result<>& result) {
    if (!result && progress.problem.empty()) progress.problem = result.error().detail;
    return result.has_value();
  };
  // What the journal does not hold is not confirmed: without ffmpeg it could not be found again.
  if (!note(journal_.append(written.first(progress.confirmed)))) {
    progress.confirmed = 0;
    return progress;
  }
  confirmed_bytes_ = bytes;
  if (sync) {
    if (::fdatasync(file_.get()) != 0) {
      progress.problem = fmt::format("cannot sync {}: {}", path().string(), errno_text(errno));
    } else if (note(journal_.append_sync_mark())) {
      note(journal_.sync());
    }
  }
  return progress;
}

Result<std::string> SegmentFile::finish(std::size_t samples, std::uint64_t bytes) {
  if (auto complete = check_complete(path(), samples, bytes); !complete) return complete.error();
  open_when_there();
  if (!file_ || ::fsync(file_.get()) != 0) {
    return make_error(Errc::unavailable,
                      fmt::format("cannot sync {}: {}", path().string(), errno_text(errno)));
  }
  auto name = publish(recordings_dir_, stem_);
  std::error_code ec;
  if (name) fs::remove(journal_path(), ec);
  return name;
}

Result<std::string> SegmentFile::complete() {
  return complete_and_publish(recordings_dir_, stem_);
}

std::size_t recover_all(const fs::path& recordings_dir) {
  std::size_t published = 0;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(partial_dir(recordings_dir), ec)) {
    if (entry.path().extension() != ".mp4" && entry.path().extension() != ".journal") continue;
    const std::string stem = entry.path().stem().string();
    const fs::path file = partial_dir(recordings_dir) / (stem + ".mp4");
    const fs::path journal = partial_dir(recordings_dir) / (stem + ".journal");
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
      // The journal of a segment that was published, or that ffmpeg never began.
      fs::remove(journal, ignored);
      continue;
    }
    // ffmpeg may have finished it before the end came.
    Result<std::string> name = check_complete(file) ? publish(recordings_dir, stem)
                                                    : complete_and_publish(recordings_dir, stem);
    if (!name) {
      log::error(kComponent, "{} stays where it is: {}", file.string(), name.error().detail);
      continue;
    }
    fs::remove(journal, ignored);
    if (!name->empty()) ++published;
  }
  return published;
}

}  // namespace minidvr::recording
