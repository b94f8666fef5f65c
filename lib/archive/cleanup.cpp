#include "archive/cleanup.hpp"

#include "archive/archive_folder.hpp"
#include "archive/clock_trust.hpp"
#include "archive/retention_files.hpp"
#include "archive/sidecar.hpp"
#include "core/state_file.hpp"
#include "recording/disk_space.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

// A pass over a folder that nothing is known of before.
class CleanupPass {
 public:
  CleanupPass(const CleanupOptions& options, const CleanupOutput& output)
      : options_(options),
        output_(output),
        folder_(options.recordings_dir, options.gate),
        retention_(options.limits) {}

  bool run() {
    ask_clock();
    if (!list()) return false;
    ask_disk();
    retention_.begin_pass(files_);
    for (;;) {
      const auto now = options_.clock().now;
      const auto step = retention_.next({files_, disk_, now, clock_believed_, clock_doubted_});
      if (!step.deletion) return sum_up(step);
      carry_out(*step.deletion);
    }
  }

 private:
  using Files = std::vector<Retention::File>;

  void ask_clock() {
    const ClockFacts facts = options_.clock();
    clock_believed_ = is_clock_set(facts);
    if (options_.state_dir.empty()) return;
    const StateFile file = clock_memory_file(options_.state_dir);
    const auto text = file.read();
    if (!text || !*text) return;
    auto memory = parse_clock_memory(**text);
    if (!memory) return;
    clock_memory_ = std::move(*memory);
    ClockTrust trust(clock_memory_.seen, clock_memory_.told);
    clock_believed_ = trust.believes(facts);
    clock_doubted_ = trust.doubts();
    note_jump(clock_memory_, trust.take_jump());
  }

  bool list() {
    const auto there = folder_.compare({});
    if (!there) {
      output_.complain(there.error().detail);
      return false;
    }
    const auto recordings = folder_.read(there->to_read);
    if (!recordings) {
      output_.complain(recordings.error().detail);
      return false;
    }
    for (const auto& recording : *recordings) {
      if (recording.facts.foreign) continue;
      const NotesFile& notes = recording.notes_file();
      if (notes.unreadable) output_.complain(describe_unreadable(recording.name, notes));
      files_.push_back(as_file(recording));
      files_.back().known_since = known_since(clock_memory_, recording.name, options_.clock().now);
    }
    return true;
  }

  void ask_disk() {
    const auto space = recording::disk_space(options_.recordings_dir);
    disk_ = space && space->is_known() ? std::optional(*space) : std::nullopt;
  }

  void carry_out(const Retention::Deletion& deletion) {
    const auto file = std::find_if(files_.begin(), files_.end(),
                                   [&](const auto& one) { return one.name == deletion.name; });
    const auto unlinked = options_.dry_run ? Result<>() : folder_.unlink(deletion.name);
    if (unlinked) {
      constexpr double kMegabyte = 1e6;
      output_.tell(fmt::format(
          "{} {} ({:.1f} MB): {}", options_.dry_run ? "would delete" : "deleted", deletion.name,
          static_cast<double>(file->bytes) / kMegabyte, describe(deletion.limit)));
      ++deleted_;
      bytes_ += file->bytes;
      if (options_.dry_run && disk_) disk_->free += file->bytes;
      files_.erase(file);
      retention_.unlinked();
    } else if (unlinked.error().code == Errc::wrong_state) {
      file->is_protected = true;  // since it was listed
    } else {
      output_.complain(unlinked.error().detail);
      retention_.failed();
    }
    if (!options_.dry_run) ask_disk();
  }

  bool sum_up(const Retention::Step& step) {
    constexpr double kGigabyte = 1e9;
    output_.tell(fmt::format("{} of {} recordings, {:.3f} GB, {}", deleted_,
                             deleted_ + files_.size(), static_cast<double>(bytes_) / kGigabyte,
                             options_.dry_run ? "would be deleted" : "were deleted"));
    if (!clock_believed_ && !clock_doubted_ && options_.limits.max_age_days > 0) {
      output_.complain("nothing goes for its age: the clock is not known to be set");
    }
    for (const auto& shortage : step.shortages)
      output_.complain(describe(shortage));
    if (step.stopped != Retention::Stop::none)
      output_.complain(std::string(describe(step.stopped)));
    return step.shortages.empty() && step.stopped == Retention::Stop::none;
  }

  const CleanupOptions& options_;
  const CleanupOutput& output_;
  ArchiveFolder folder_;
  Retention retention_;
  Files files_;
  bool clock_believed_ = false;
  bool clock_doubted_ = false;
  ClockMemory clock_memory_;
  std::optional<recording::DiskSpace> disk_;
  std::size_t deleted_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

bool clean_up(const CleanupOptions& options, const CleanupOutput& output) {
  std::error_code ec;
  if (!std::filesystem::exists(options.recordings_dir, ec) && !ec) {
    output.tell(
        fmt::format("there is no {} yet: nothing was recorded", options.recordings_dir.string()));
    return true;
  }
  return CleanupPass(options, output).run();
}

}  // namespace minidvr::archive
