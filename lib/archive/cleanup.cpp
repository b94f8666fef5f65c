#include "archive/cleanup.hpp"

#include "archive/archive_folder.hpp"
#include "archive/retention_files.hpp"
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
    if (!list()) return false;
    ask_disk();
    retention_.begin_pass(files_);
    for (;;) {
      const ClockFacts clock = clock_facts();
      const auto step = retention_.next({files_, disk_, clock.now, is_clock_set(clock)});
      if (!step.deletion) return sum_up(step, is_clock_set(clock));
      carry_out(*step.deletion);
    }
  }

 private:
  using Files = std::vector<Retention::File>;

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
      if (!recording.facts.foreign) files_.push_back(as_file(recording, false));
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

  bool sum_up(const Retention::Step& step, bool clock_is_set) {
    constexpr double kGigabyte = 1e9;
    output_.tell(fmt::format("{} of {} recordings, {:.3f} GB, {}", deleted_,
                             deleted_ + files_.size(), static_cast<double>(bytes_) / kGigabyte,
                             options_.dry_run ? "would be deleted" : "were deleted"));
    if (!clock_is_set && options_.limits.max_age_days > 0) {
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
