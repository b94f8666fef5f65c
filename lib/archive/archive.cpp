#include "archive/archive.hpp"

#include "archive/growing_recording.hpp"
#include "archive/index_cache.hpp"
#include "archive/log_component.hpp"
#include "archive/recording_name.hpp"
#include "archive/sidecar.hpp"
#include "core/first_of.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <malloc.h>

namespace minidvr::archive {
namespace {

constexpr milliseconds kBetweenFollows{200};  // its journal grows twice a second
constexpr seconds kBetweenLooks{2};           // at whether the folder has changed
constexpr milliseconds kBetweenParts{10};     // of what is told
constexpr seconds kPatienceWithClients{3};    // who then still has not read the part before
constexpr std::size_t kFilesAtATime = 200;    // read in one go, then listed
constexpr std::chrono::minutes kBetweenCaches{10};
constexpr seconds kLongestCacheRead{10};       // then all headers are read
constexpr std::size_t kManyRecordings = 1000;  // some hundred bytes each, for what goes through all
constexpr std::size_t kMostFrameTables = 4;    // some MB for long recordings
constexpr const char* kCacheName = "index.cache";

using Version = std::optional<ArchiveFolder::Version>;

bool is_same_folder(const Version& one, const Version& other) {
  return one && other && one->device == other->device && one->inode == other->inode;
}

}  // namespace

Error no_such_recording(std::string_view name) {
  constexpr std::size_t kLongestShownName = 80;
  return make_error(Errc::not_found, fmt::format("there is no recording '{}'",
                                                 display_text(name, kLongestShownName)));
}

Archive::Archive(net::any_io_executor executor, BlockingPool& pool, Options options)
    : executor_(std::move(executor)),
      pool_(pool),
      options_(std::move(options)),
      folder_(options_.recordings_dir, options_.folder_gate),
      untold_changed_(executor_),
      wake_(executor_),
      cache_changed_(executor_),
      free_(executor_) {}

void Archive::look_again() {
  look_wanted_ = true;
  wake_.notify();
}

// A state folder that hangs holds up the cache alone.
Task<> Archive::run() {
  co_await first_of(keep_list_and_tell(), keep_cache());
}

// Clients that are slow to read what changed hold up no look.
Task<> Archive::keep_list_and_tell() {
  co_await first_of(keep_list(), keep_telling());
}

Task<> Archive::keep_list() {
  if (waits_for_cache_) co_await cache_changed_.wait_until(Steady::now() + kLongestCacheRead);
  waits_for_cache_ = false;
  for (;;) {
    looking_ = true;
    co_await look();
    looking_ = false;
    co_await purge_deleted();
    co_await look_at_files();
    const auto now = Steady::now();
    if (whole_ && cache_is_old_ && (!cache_saved_ || now - *cache_saved_ > kBetweenCaches)) {
      cache_wanted_ = true;
      cache_changed_.notify();
    }
    const auto pause = finishes_soon() ? kBetweenFollows : milliseconds(kBetweenLooks);
    if (!look_wanted_) co_await wake_.wait_until(Steady::now() + pause);
  }
}

Task<> Archive::keep_cache() {
  co_await load_cache();
  for (;;) {
    while (!cache_wanted_)
      co_await cache_changed_.wait();
    if (whole_) co_await save_cache();
    cache_wanted_ = false;
  }
}

// Once, and the disk may come later than this program.
Task<> Archive::purge_of_earlier_runs() {
  if (std::exchange(purged_, true)) co_return;
  auto purge = [folder = folder_] {
    folder.purge_all();
    return true;
  };
  co_await run_blocking(pool_, std::move(purge));
}

// The folder's own time of change says whether any name came or went.
Task<> Archive::look() {
  auto ask = [folder = folder_] { return folder.version(); };
  const auto asked_at = Steady::now();
  asked_since_ = asked_at;
  const auto asked = co_await run_blocking(pool_, std::move(ask));
  // Who was told that there is nothing to wait for is told of what comes.
  complete_ = complete();
  asked_since_.reset();
  const bool is_wanted = std::exchange(look_wanted_, false);
  const auto now = Steady::now();
  if (!asked) note_problem(asked.error().code == Errc::not_found ? Error() : asked.error());
  const bool is_silent = !asked && asked.error().code == Errc::unavailable;
  if (is_silent && may_answer_soon(asked_at)) {
    // What was known is better than nothing, but nobody deletes by it.
    whole_ = false;
    changes_while_looking_ = true;
    co_return;
  }
  const Version version = asked ? Version(*asked) : std::nullopt;
  const bool tries_again =
      look_pause_.is_over(now) || (!look_pause_.lasts(now) && retries_.any_due(now));
  const bool is_put_off = version && version == unlisted_ && look_pause_.lasts(now);
  const bool is_as_known =
      !is_wanted && !changes_while_looking_ && !tries_again && version == version_;
  if (is_put_off || is_as_known) {
    if (!is_silent && !is_put_off) silent_since_.reset();
    if (!finishing_.empty()) co_await forget_written();
    co_return;
  }
  if (!is_same_folder(version, version_)) whole_ = false;
  if (version) co_await purge_of_earlier_runs();
  // What comes while the names are read may bear the same time: then there is one more look, in its
  // turn, as somebody may be deleting thousands.
  changes_while_looking_ = version != version_;
  touched_.clear();
  // Nobody may have asked for what was written until now; it is not yet among the complete ones.
  const std::string before = std::exchange(written_, options_.current_file());
  if (!before.empty() && before != written_) co_await follow(before);
  Changes changes;
  if (version) {
    const bool compared = co_await compare(changes);
    // Nobody is to wait for what does not come, and the disk is not to be asked for it on and on.
    const bool is_given_up = !compared && !may_answer_soon(asked_at);
    complete_ = complete_ || is_given_up;
    unlisted_ = is_given_up ? version : std::nullopt;
    if (!compared) co_return;
  } else {
    forget_all(changes);
  }
  if (!is_silent) silent_since_.reset();
  version_ = version;
  cache_is_old_ = cache_is_old_ || !changes.empty();
  if (std::exchange(complete_, true)) {
    tell_of_look(std::move(changes));
  } else {
    log::info(kComponent, "{} recordings", index_.all().size());
  }
  co_await give_memory_back();
}

bool Archive::complete() const {
  return complete_ || (asked_since_ && is_long_ago(*asked_since_));
}

// Of a disk that says nothing, and was asked then: an error may take minutes to come. A link that
// fails for a moment takes nothing from the list.
bool Archive::may_answer_soon(SteadyTime asked_at) {
  if (!silent_since_) silent_since_ = asked_at;
  return !is_long_ago(*silent_since_);
}

bool Archive::is_long_ago(SteadyTime time) const {
  return Steady::now() - time >= options_.longest_silence;
}

void Archive::forget_all(Changes& changes) {
  for (const auto& one : index_.all())
    changes.removed.push_back(one.name);
  index_.keep([](const Recording&) { return false; });
  look_pause_ = {};
  retries_ = {};
  unlisted_.reset();
}

Task<bool> Archive::compare(Changes& changes) {
  auto known = all_known();
  auto work = [folder = folder_, known = std::move(known)]() mutable {
    return folder.compare(std::move(known));
  };
  auto differences = co_await run_blocking(pool_, std::move(work));
  note_problem(differences ? Error() : differences.error());
  const auto now = Steady::now();
  if (differences && !differences->is_unsure) {
    look_pause_.succeed();
  } else {
    look_pause_.fail(now);
  }
  if (!differences) co_return false;
  auto again = retries_.due(differences->not_given, now);
  auto& to_read = differences->to_read;
  to_read.insert(to_read.end(), std::make_move_iterator(again.begin()),
                 std::make_move_iterator(again.end()));
  if (to_read.size() > kFilesAtATime) whole_ = false;
  const bool all_read = co_await apply(std::move(*differences), changes);
  whole_ = whole_ || all_read;
  co_await forget_written();
  co_return true;
}

// To go through thousands of names takes as much memory as what is kept of them, or more.
Task<> Archive::give_memory_back() {
  if (index_.all().size() < kManyRecordings) co_return;
  auto trim = [] { return ::malloc_trim(0); };
  co_await run_blocking(pool_, std::move(trim));
}

std::vector<ArchiveFolder::Known> Archive::all_known() const {
  std::vector<ArchiveFolder::Known> known;
  known.reserve(index_.all().size() + cached_.size());
  for (const auto* recordings : {&index_.all(), &std::as_const(cached_)}) {
    for (const auto& one : *recordings) {
      if (!one.being_written) known.push_back({one.name, one.facts.stamp, one.notes_file().stamp});
    }
  }
  return known;
}

Task<bool> Archive::apply(ArchiveFolder::Differences differences, Changes& changes) {
  std::set<std::string_view> not_as_known(differences.to_read.begin(), differences.to_read.end());
  not_as_known.insert(differences.gone.begin(), differences.gone.end());
  std::erase_if(cached_, [&](const auto& one) { return not_as_known.contains(one.name); });
  // They come with a disk that is late.
  if (complete_) {
    for (const auto& one : cached_)
      changes.added.push_back(one.name);
  }
  index_.put(std::exchange(cached_, {}));
  std::set<std::string_view> gone(differences.gone.begin(), differences.gone.end());
  index_.keep([&](const Recording& one) {
    if (!gone.contains(one.name) || touched_.contains(one.name)) return true;
    changes.removed.push_back(one.name);
    return false;
  });
  co_return co_await read(std::move(differences.to_read), changes);
}

Task<bool> Archive::read(std::vector<std::string> names, Changes& changes) {
  for (std::size_t at = 0; at < names.size(); at += kFilesAtATime) {
    const auto begin = names.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(kFilesAtATime, names.size() - at);
    std::vector<std::string> some(
        std::make_move_iterator(begin),
        std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(count)));
    auto work = [folder = folder_, some = std::move(some)] { return folder.read(some); };
    auto recordings = co_await run_blocking(pool_, std::move(work));
    const auto now = Steady::now();
    if (!recordings) {
      look_pause_.fail(now);
      co_return false;
    }
    std::erase_if(*recordings, [this](const auto& one) { return touched_.contains(one.name); });
    struct Read {
      std::string name;
      std::string warning;  // empty: none
    };
    std::vector<Read> read;
    for (const auto& recording : *recordings) {
      const NotesFile& notes = recording.notes_file();
      const bool is_read = !recording.facts.stamp.is_not_read() && !notes.stamp.is_not_read();
      if (!is_read) retries_.failed(recording.name, now);
      read.push_back(
          {recording.name, notes.unreadable ? describe_unreadable(recording.name, notes) : ""});
    }
    const auto known = index_.put(std::move(*recordings));
    for (auto& [name, warning] : read) {
      // What the disk goes on not giving is no news.
      if (known.same.contains(name)) continue;
      if (!warning.empty()) log::warning(kComponent, "{}", warning);
      (known.changed.contains(name) ? changes.changed : changes.added).push_back(std::move(name));
    }
  }
  co_return true;
}

void Archive::tell(const Changes& changes) const {
  if (!changes.empty()) observer_(changes);
}

void Archive::tell_of_look(Changes changes) {
  if (changes.size() <= kToldAtOnce) return tell(changes);
  untold_.add(std::move(changes));
  untold_changed_.notify();
}

Task<> Archive::keep_telling() {
  for (;;) {
    while (untold_.empty())
      co_await untold_changed_.wait();
    tell(untold_.take(kToldAtOnce, index_));
    const auto patience_ends = Steady::now() + kPatienceWithClients;
    // All others have their turn, too.
    co_await sleep_for(kBetweenParts);
    while (!keeps_up_() && Steady::now() < patience_ends)
      co_await sleep_for(kBetweenParts);
  }
}

// Once; and of a wrong folder the recorder tells.
void Archive::note_problem(const Error& why) {
  const bool is_news = std::exchange(problem_, why.detail) != why.detail && !why.detail.empty();
  if (is_news && why.reason != Reason::wrong_folder) log::warning(kComponent, "{}", why.detail);
}

Task<> Archive::load_cache() {
  auto work = [path = options_.state_dir / kCacheName,
               gate = options_.state_gate]() -> std::vector<Recording> {
    if (!ask(gate)) return {};
    const auto bytes = read_file(path, kMostCacheBytes);
    if (!bytes) return {};
    auto facts = parse_cache(*bytes);
    if (!facts) {
      log::info(kComponent, "{} is not used: {}", kCacheName, facts.error().detail);
      return {};
    }
    std::vector<Recording> recordings;
    recordings.reserve(facts->size());
    for (auto& one : *facts) {
      recordings.emplace_back().name = std::move(one.name);
      recordings.back().facts = one.facts;
    }
    return recordings;
  };
  auto read = co_await run_blocking(pool_, std::move(work));
  if (!std::exchange(waits_for_cache_, false)) co_return;
  cached_ = std::move(read);
  cache_changed_.notify();
}

Task<> Archive::save_cache() {
  cache_is_old_ = false;
  cache_saved_ = Steady::now();
  std::vector<CachedFacts> facts;
  facts.reserve(index_.all().size());
  for (const auto& one : index_.all()) {
    if (!one.being_written) facts.push_back({one.name, one.facts});
  }
  auto work = [path = options_.state_dir / kCacheName, facts = std::move(facts),
               gate = options_.state_gate]() -> Result<> {
    if (auto open = ask(gate); !open) return open;
    return write_file_atomically(path, serialize_cache(facts));
  };
  const auto saved = co_await run_blocking(pool_, std::move(work));
  co_await give_memory_back();
  // It only saves time: the next start reads what it has not got.
  if (!saved) log::debug(kComponent, "{}", saved.error().detail);
}

Task<Result<OpenRecording>> Archive::open(std::string name) {
  if (!is_recording_name(name)) co_return no_such_recording(name);
  if (name == options_.current_file()) {
    auto current = co_await open_current(name);
    // It may have been published just now.
    if (current || current.error().code != Errc::not_found) co_return current;
  }
  auto work = [folder = folder_, name] { return folder.open(name); };
  auto again = work;
  auto opened = co_await run_blocking(pool_, std::move(work));
  const Recording* known = index_.find(name);
  if (!opened && known != nullptr && known->being_written) {
    // It is complete, and has not yet got its name, or got it just now.
    auto current = co_await open_current(name);
    if (current) co_return current;
    opened = co_await run_blocking(pool_, std::move(again));
  }
  if (!opened) co_return opened.error();
  known = index_.find(name);
  if (known == nullptr || known->facts.stamp != opened->stamp) look_again();
  co_return OpenRecording{std::make_shared<const FileDescriptor>(std::move(opened->file)),
                          opened->stamp, nullptr};
}

std::shared_ptr<const FileDescriptor> Archive::use(const std::string& name,
                                                   const OpenRecording& open) {
  return RecordingsInUse::file_of(in_use_.begin(name), open.file);
}

Task<Result<OpenRecording>> Archive::open_current(std::string name) {
  auto work = [path = folder_.path(), name] { return open_growing(path, name); };
  auto growing = co_await run_blocking(pool_, std::move(work));
  if (!growing) co_return growing.error();
  co_return OpenRecording{std::make_shared<const FileDescriptor>(std::move(growing->file)),
                          growing->facts.stamp,
                          std::make_shared<const mp4::FrameTable>(std::move(growing->table))};
}

Task<> Archive::follow_current() {
  const std::string name = options_.current_file();
  const auto now = Steady::now();
  if (name.empty() || (followed_ && now - *followed_ < kBetweenFollows)) co_return;
  followed_ = now;
  co_await follow(name);
}

Task<> Archive::follow(std::string name) {
  auto work = [path = folder_.path(), name] { return open_growing(path, name); };
  auto growing = co_await run_blocking(pool_, std::move(work));
  const Recording* known = index_.find(name);
  // It may have become complete meanwhile.
  if (!growing || (known != nullptr && !known->being_written)) co_return;
  Recording recording;
  recording.name = name;
  recording.facts = growing->facts;
  recording.being_written = true;
  if (known != nullptr) recording.set_notes(known->notes());
  std::vector<Recording> one;
  one.push_back(std::move(recording));
  index_.put(std::move(one));
}

// What is no longer written stays listed until it has its name, which takes a moment, unless it has
// come to nothing.
Task<> Archive::forget_written() {
  std::vector<std::string> names;
  for (const auto& one : index_.all()) {
    if (one.being_written && one.name != options_.current_file()) names.push_back(one.name);
  }
  std::map<std::string, SteadyTime> finishing;
  for (const auto& name : names) {
    // Not open(): a look is no reader, and whoever reads keeps it from being deleted.
    auto look = [folder = folder_, path = folder_.path(), name] {
      return is_growing(path, name) || folder.open(name).has_value();
    };
    const bool is_there = co_await run_blocking(pool_, std::move(look));
    if (is_there) {
      const auto known = finishing_.find(name);
      finishing[name] = known == finishing_.end() ? Steady::now() : known->second;
      continue;
    }
    index_.keep([&](const Recording& one) { return !one.being_written || one.name != name; });
  }
  finishing_ = std::move(finishing);
}

bool Archive::finishes_soon() const {
  return std::any_of(finishing_.begin(), finishing_.end(),
                     [](const auto& one) { return Steady::now() - one.second < kLongestFinish; });
}

Task<Result<Archive::Frames>> Archive::frames(const std::string& name, const OpenRecording& open) {
  if (open.growing) co_return open.growing;
  const auto known = std::find_if(known_frames_.begin(), known_frames_.end(), [&](const auto& one) {
    return one.name == name && one.stamp == open.stamp;
  });
  if (known != known_frames_.end()) {
    std::rotate(known, known + 1, known_frames_.end());
    co_return known_frames_.back().frames;
  }
  auto work = [file = open.file] { return mp4::read_frames(file->get()); };
  auto table = co_await run_blocking(pool_, std::move(work));
  if (!table) {
    Error why = table.error();
    why.detail = fmt::format("{}: {}", name, why.detail);
    co_return why;
  }
  auto frames = std::make_shared<const mp4::FrameTable>(std::move(*table));
  if (known_frames_.size() == kMostFrameTables) known_frames_.erase(known_frames_.begin());
  known_frames_.push_back({name, open.stamp, frames});
  co_return frames;
}

}  // namespace minidvr::archive
