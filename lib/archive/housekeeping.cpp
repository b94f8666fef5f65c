#include "archive/housekeeping.hpp"

#include "archive/log_component.hpp"
#include "archive/retention_files.hpp"
#include "core/first_of.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace minidvr::archive {
namespace {

// While space is not short: to free what a large file takes keeps a disk from the recorder's syncs.
constexpr milliseconds kBetweenDeletions{10};
// A jump of a day is what it is for; a memory card wears.
constexpr std::chrono::hours kBetweenClockSaves{1};

using KnownTime = std::optional<WallTime>;

bool has_moved(const KnownTime& time, const KnownTime& saved) {
  return time && (!saved || *time < *saved || *time - *saved > kBetweenClockSaves);
}

bool is_news(const ClockMemory& memory, const ClockMemory& saved) {
  return memory.written != saved.written || has_moved(memory.seen, saved.seen) ||
         (!memory.written.empty() && has_moved(memory.told, saved.told));
}

}  // namespace

Housekeeping::Housekeeping(Archive& archive, Options options)
    : archive_(archive),
      options_(std::move(options)),
      retention_(options_.limits),
      clock_file_(clock_memory_file(options_.state_dir, options_.state_gate)),
      memory_changed_(archive_.executor()) {
  status_.limits = options_.limits;
  if (options_.state_dir.empty()) clock_.emplace(std::nullopt);
}

Task<> Housekeeping::run() {
  const std::string limits = describe(options_.limits);
  if (limits.empty()) {
    log::info(kComponent, "no recording is deleted by itself");
  } else {
    log::info(kComponent, "recordings are deleted, the oldest first, unless they are protected: {}",
              limits);
  }
  // A state folder that hangs holds up what is remembered alone.
  if (options_.state_dir.empty()) {
    co_await keep_limits();
  } else {
    co_await first_of(keep_limits(), remember());
  }
}

Task<> Housekeeping::keep_limits() {
  note_current();
  if (!clock_) co_await memory_changed_.wait_until(Steady::now() + kBetweenLooks);
  for (;;) {
    note_current();
    look_at_clock();
    if (all_are_known() && options_.may_delete()) co_await look();
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
  if (!all_are_known()) co_return;  // the folder went meanwhile
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
  while (all_are_known()) {
    const ClockFacts clock = options_.clock();
    const bool believed = clock_believed_ && clock_->believes(clock);
    const bool doubted = clock_ && clock_->doubts();
    const auto step = retention_.next({files_, disk, clock.now, believed, doubted});
    if (!step.deletion) {
      tell(step);
      break;
    }
    const Outcome outcome = co_await carry_out(*step.deletion);
    if (outcome == Outcome::kept) continue;
    if (outcome == Outcome::deleted) gone.push_back(step.deletion->name);
    if (gone.size() == Archive::kToldAtOnce) archive_.forget_unlinked(std::exchange(gone, {}));
    disk = co_await ask_disk();
    if (!is_short(disk)) co_await sleep_for(kBetweenDeletions);
  }
  archive_.forget_unlinked(gone);
}

Task<Housekeeping::Outcome> Housekeeping::carry_out(Retention::Deletion deletion) {
  const std::string& name = deletion.name;
  // It was opened since it was listed: another one may go before it.
  if (const auto file = find_file(name); !file->in_use && archive_.in_use(name)) {
    file->in_use = true;
    co_return Outcome::kept;
  }
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

// What may not go after all: it was protected a moment ago.
void Housekeeping::look_at_file(const std::string& name) {
  const auto file = find_file(name);
  const bool being_written = archive_.is_being_written(name);
  file->being_written = being_written;
  file->is_protected = !being_written;
}

void Housekeeping::note_current() {
  const std::string current = archive_.current_file();
  if (!current.empty()) written_at_[current] = Steady::now();
}

// Nothing is believed before it is known what the clock said in an earlier run.
void Housekeeping::look_at_clock() {
  const ClockFacts facts = options_.clock();
  const std::string current = archive_.current_file();
  if (!facts.synchronized && !current.empty()) note_unsure(clock_memory_, current);
  if (!clock_) return;
  clock_believed_ = follow_clock(clock_memory_, *clock_, facts);
  // One that nothing was recorded to may be the folder below a disk that is to come.
  const bool is_used = !archive_.index().all().empty() || !current.empty();
  if (options_.state_dir.empty() || !is_used || !options_.may_delete()) return;
  if (!is_news(clock_memory_, clock_saved_)) return;
  clock_saved_ = clock_memory_;
  unsaved_ = serialize_clock_memory(clock_memory_);
  memory_changed_.notify();
}

Task<> Housekeeping::remember() {
  for (;;) {
    const bool is_read = co_await load_clock_memory();
    if (is_read) break;
    co_await sleep_for(kBetweenLooks);
  }
  // What waited for it is due at once.
  pass_began_.reset();
  memory_changed_.notify();
  for (;;) {
    while (!unsaved_)
      co_await memory_changed_.wait();
    std::string text = *std::exchange(unsaved_, std::nullopt);
    auto work = [file = clock_file_, text = std::move(text)] { return file.write(text); };
    const auto saved = co_await run_blocking(archive_.pool(), std::move(work));
    if (!saved) log::warning(kComponent, "{}", saved.error().detail);
  }
}

// False: the disk of the state is not there yet.
Task<bool> Housekeeping::load_clock_memory() {
  auto work = [file = clock_file_]() -> std::optional<ClockMemory> {
    if (!file.can_be_read()) return std::nullopt;
    const auto text = file.read();
    if (text && !*text) return ClockMemory();
    const auto memory = text ? parse_clock_memory(**text) : Result<ClockMemory>(text.error());
    if (memory) return *memory;
    log::warning(kComponent, "{} is not used: {}", file.path().string(), memory.error().detail);
    return ClockMemory();
  };
  auto memory = co_await run_blocking(archive_.pool(), std::move(work));
  if (!memory) co_return false;
  clock_.emplace(memory->seen, memory->told);
  clock_saved_ = *memory;
  const ClockMemory noted = std::exchange(clock_memory_, std::move(*memory));
  for (const auto& [name, since] : noted.written)
    note_unsure(clock_memory_, name);
  co_return true;
}

// Both lists have ten thousands: to look for each name in the index would take seconds.
void Housekeeping::forget_unsure(WallTime now) {
  if (clock_memory_.written.empty()) return;
  std::unordered_set<std::string_view> there;
  there.reserve(archive_.index().all().size());
  for (const auto& recording : archive_.index().all())
    there.insert(recording.name);
  const std::chrono::days kept(std::max(options_.limits.max_age_days, 7U) + 1);
  forget_gone(clock_memory_, there, now, kept);
}

void Housekeeping::list_files() {
  files_.clear();
  files_.reserve(archive_.index().all().size());
  std::map<std::string, SteadyTime> still_there;
  std::set<std::string> still_failing;
  const WallTime wall = options_.clock().now;
  const SteadyTime now = Steady::now();
  const std::string current = archive_.current_file();
  for (const auto& recording : archive_.index().all()) {
    if (recording.facts.foreign) continue;
    auto file = as_file(recording);
    file.being_written = file.being_written || recording.name == current;
    file.in_use = archive_.in_use(recording.name);
    if (auto written = written_at_.extract(recording.name)) {
      const WallTime told = file.start;
      file = not_older_than(std::move(file), now - written.mapped(), wall);
      // The next run knows it, too.
      if (clock_believed_ && file.start != told) note_unsure(clock_memory_, recording.name);
      still_there.insert(std::move(written));
    }
    file.known_since = known_since(clock_memory_, recording.name, wall);
    if (told_failures_.contains(recording.name)) still_failing.insert(recording.name);
    files_.push_back(std::move(file));
  }
  written_at_ = std::move(still_there);
  note_current();  // it need not be listed yet
  if (clock_believed_) forget_unsure(wall);
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
