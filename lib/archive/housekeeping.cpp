#include "archive/housekeeping.hpp"

#include "archive/log_component.hpp"
#include "archive/retention_files.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace minidvr::archive {
namespace {

// Clients are told of so many at once.
constexpr std::size_t kToldAtOnce = 100;
// While space is not short: to free what a large file takes keeps a disk from the recorder's syncs.
constexpr milliseconds kBetweenDeletions{10};

// Clocks are corrected by seconds all the time, and a time zone may be wrong.
constexpr std::chrono::hours kClockWasSet{1};

}  // namespace

Retention::File not_older_than(Retention::File file, Steady::duration ago, WallTime now) {
  const WallTime end = now - std::chrono::duration_cast<WallTime::duration>(ago);
  const WallTime told = file.start + std::chrono::duration_cast<WallTime::duration>(file.length);
  if (end - told > kClockWasSet) file.start += end - told;
  return file;
}

Housekeeping::Housekeeping(Archive& archive, Options options)
    : archive_(archive), options_(std::move(options)), retention_(options_.limits) {
  status_.limits = options_.limits;
}

Task<> Housekeeping::run() {
  const std::string limits = describe(options_.limits);
  if (limits.empty()) {
    log::info(kComponent, "no recording is deleted by itself");
  } else {
    log::info(kComponent, "recordings are deleted, the oldest first, unless they are protected: {}",
              limits);
  }
  for (;;) {
    note_current();
    if (archive_.complete() && options_.may_delete()) co_await look();
    co_await sleep_for(kBetweenLooks);
  }
}

Task<Housekeeping::Disk> Housekeeping::ask_disk() const {
  auto ask = [folder = options_.recordings_dir] { return recording::disk_space(folder); };
  const auto space = co_await run_blocking(archive_.pool(), std::move(ask));
  co_return space && space->is_known() ? Disk(*space) : std::nullopt;
}

bool Housekeeping::is_short(const Disk& disk) const {
  return disk && retention_.is_short(*disk);
}

// Between two passes the last one goes on, should space be short: a pass is a minute to Retention,
// which tries again with the next one what has failed in this.
Task<> Housekeeping::look() {
  Disk disk = co_await ask_disk();
  if (disk) status_.min_free = retention_.min_free(*disk);
  const auto now = Steady::now();
  const bool is_due = !pass_began_ || now - *pass_began_ >= kBetweenPasses;
  if (!is_due && !is_short(disk)) co_return;
  if (is_short(disk)) {
    co_await archive_.empty_trash();
    disk = co_await ask_disk();
  }
  co_await archive_.follow_current();
  list_files();
  if (is_due) {
    pass_began_ = now;
    retention_.begin_pass(files_);
  }
  co_await keep_within_limits(disk);
  files_ = {};
  if (is_due) co_await archive_.give_memory_back();
}

Task<> Housekeeping::keep_within_limits(Disk disk) {
  std::vector<std::string> gone;
  for (;;) {
    const ClockFacts clock = clock_facts();
    const auto step = retention_.next({files_, disk, clock.now, is_clock_set(clock)});
    if (!step.deletion) {
      tell(step);
      break;
    }
    const Outcome outcome = co_await carry_out(*step.deletion);
    if (outcome == Outcome::kept) continue;
    if (outcome == Outcome::deleted) gone.push_back(step.deletion->name);
    if (gone.size() == kToldAtOnce) archive_.forget_unlinked(std::exchange(gone, {}));
    disk = co_await ask_disk();
    if (!is_short(disk)) co_await sleep_for(kBetweenDeletions);
  }
  archive_.forget_unlinked(gone);
}

Task<Housekeeping::Outcome> Housekeeping::carry_out(Retention::Deletion deletion) {
  const std::string& name = deletion.name;
  const auto unlinked = co_await archive_.unlink(name);
  if (unlinked) {
    log::info(kComponent, "{} was deleted: {}", name, describe(deletion.limit));
    const auto file = find_file(name);
    std::iter_swap(file, std::prev(files_.end()));
    files_.pop_back();
    told_failures_.erase(name);
    retention_.unlinked();
    co_return Outcome::deleted;
  }
  if (unlinked.error().code == Errc::wrong_state) {
    look_at_file(name);
    co_return Outcome::kept;
  }
  if (told_failures_.insert(name).second) {
    log::error(kComponent, "{}; it is tried again every minute", unlinked.error().detail);
  }
  retention_.failed();
  co_return Outcome::failed;
}

// One that is in the list.
std::vector<Retention::File>::iterator Housekeeping::find_file(const std::string& name) {
  return std::find_if(files_.begin(), files_.end(),
                      [&](const auto& file) { return file.name == name; });
}

// What may not go after all: it was opened or protected a moment ago.
void Housekeeping::look_at_file(const std::string& name) {
  const auto file = find_file(name);
  const bool in_use = archive_.in_use(name);
  file->in_use = in_use;
  file->is_protected = !in_use;
}

void Housekeeping::note_current() {
  const std::string current = archive_.current_file();
  if (!current.empty()) written_at_[current] = Steady::now();
}

void Housekeeping::list_files() {
  files_.clear();
  files_.reserve(archive_.index().all().size());
  std::map<std::string, SteadyTime> still_there;
  std::set<std::string> still_failing;
  const WallTime wall = std::chrono::system_clock::now();
  const SteadyTime now = Steady::now();
  for (const auto& recording : archive_.index().all()) {
    if (recording.facts.foreign) continue;
    auto file = as_file(recording, archive_.in_use(recording.name));
    if (auto written = written_at_.extract(recording.name)) {
      file = not_older_than(std::move(file), now - written.mapped(), wall);
      still_there.insert(std::move(written));
    }
    if (told_failures_.contains(recording.name)) still_failing.insert(recording.name);
    files_.push_back(std::move(file));
  }
  written_at_ = std::move(still_there);
  note_current();  // it need not be listed yet
  told_failures_ = std::move(still_failing);
}

void Housekeeping::tell(const Retention::Step& step) {
  const bool is_news = step.shortages.empty() != status_.shortages.empty();
  status_.shortages = step.shortages;
  if (is_news && !step.shortages.empty()) {
    log::warning(kComponent, "{}", describe(step.shortages));
  } else if (is_news) {
    log::info(kComponent, "the limits can be kept again");
  }
  if (std::exchange(status_.stopped, step.stopped) != step.stopped &&
      step.stopped != Retention::Stop::none) {
    log::warning(kComponent, "{}", describe(step.stopped));
  }
}

}  // namespace minidvr::archive
