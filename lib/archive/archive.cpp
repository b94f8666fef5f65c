#include "archive/archive.hpp"

#include "archive/growing_recording.hpp"
#include "archive/index_cache.hpp"
#include "archive/log_component.hpp"
#include "archive/recording_name.hpp"
#include "archive/sidecar.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

constexpr milliseconds kBetweenFollows{200};  // its journal grows twice a second
constexpr seconds kBetweenLooks{2};           // at whether the folder has changed
constexpr std::size_t kFilesAtATime = 200;    // read in one go, then listed
constexpr std::chrono::minutes kBetweenCaches{10};
constexpr std::size_t kMostFrameTables = 4;  // some MB for long recordings
constexpr const char* kCacheName = "index.cache";
constexpr std::size_t kLongestShownName = 80;  // of what a client asked for

Error no_such(std::string_view name) {
  return make_error(Errc::not_found, fmt::format("there is no recording '{}'",
                                                 display_text(name, kLongestShownName)));
}

}  // namespace

// Of one change. A cancelled caller still waits for what it writes.
class Archive::Turn {
 public:
  explicit Turn(Archive& archive) : archive_(archive) { archive_.busy_ = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    archive_.busy_ = false;
    archive_.free_.notify();
  }

 private:
  Archive& archive_;
};

Archive::Archive(net::any_io_executor executor, BlockingPool& pool, Options options)
    : executor_(std::move(executor)),
      pool_(pool),
      options_(std::move(options)),
      folder_(options_.recordings_dir),
      wake_(executor_),
      free_(executor_) {}

void Archive::look_again() {
  look_wanted_ = true;
  wake_.notify();
}

Task<> Archive::run() {
  auto purge = [folder = folder_] {
    folder.purge_all();
    return true;
  };
  co_await run_blocking(pool_, std::move(purge));
  co_await load_cache();
  for (;;) {
    co_await look();
    co_await purge_deleted();
    const auto now = Steady::now();
    if (complete_ && cache_is_old_ && (!cache_saved_ || now - *cache_saved_ > kBetweenCaches)) {
      co_await save_cache();
    }
    if (!look_wanted_) co_await wake_.wait_until(Steady::now() + kBetweenLooks);
  }
}

// The folder's own time of change says whether any name came or went.
Task<> Archive::look() {
  auto ask = [folder = folder_] { return folder.version(); };
  const auto version = co_await run_blocking(pool_, std::move(ask));
  if (!look_wanted_ && version == version_) co_return;
  // What comes while the names are read may bear the same time: then there is one more look.
  look_wanted_ = version != version_;
  touched_.clear();
  Changes changes;
  if (version) {
    auto known = all_known();
    auto compare = [folder = folder_, known = std::move(known)]() mutable {
      return folder.compare(std::move(known));
    };
    auto differences = co_await run_blocking(pool_, std::move(compare));
    const std::string why = differences ? std::string() : differences.error().detail;
    if (std::exchange(problem_, why) != why && !why.empty()) log::warning(kComponent, "{}", why);
    if (!differences) {
      look_wanted_ = false;
      co_return;
    }
    co_await apply(std::move(*differences), changes);
    forget_written();
  } else {
    for (const auto& one : index_.all())
      changes.removed.push_back(one.name);
    index_ = Index();
  }
  version_ = version;
  cache_is_old_ = cache_is_old_ || !changes.empty();
  if (std::exchange(complete_, true)) {
    tell(changes);
  } else {
    log::info(kComponent, "{} recordings", index_.all().size());
  }
}

std::vector<ArchiveFolder::Known> Archive::all_known() const {
  std::vector<ArchiveFolder::Known> known;
  known.reserve(index_.all().size() + cached_.size());
  for (const auto* recordings : {&index_.all(), &std::as_const(cached_)}) {
    for (const auto& one : *recordings) {
      if (!one.being_written) known.push_back({one.name, one.facts.stamp, one.notes_stamp});
    }
  }
  return known;
}

Task<> Archive::apply(ArchiveFolder::Differences differences, Changes& changes) {
  std::set<std::string_view> not_as_known(differences.to_read.begin(), differences.to_read.end());
  not_as_known.insert(differences.gone.begin(), differences.gone.end());
  std::erase_if(cached_, [&](const auto& one) { return not_as_known.contains(one.name); });
  index_.put(std::exchange(cached_, {}));
  for (auto& name : differences.gone) {
    if (!touched_.contains(name) && index_.remove(name)) changes.removed.push_back(std::move(name));
  }
  co_await read(std::move(differences.to_read), changes);
}

Task<> Archive::read(std::vector<std::string> names, Changes& changes) {
  for (std::size_t at = 0; at < names.size(); at += kFilesAtATime) {
    const auto begin = names.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(kFilesAtATime, names.size() - at);
    std::vector<std::string> some(
        std::make_move_iterator(begin),
        std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(count)));
    auto work = [folder = folder_, some = std::move(some)] { return folder.read(some); };
    auto recordings = co_await run_blocking(pool_, std::move(work));
    std::erase_if(recordings, [this](const auto& one) { return touched_.contains(one.name); });
    for (const auto& recording : recordings) {
      const auto* known = index_.find(recording.name);
      const bool is_new = known == nullptr || known->being_written;
      (is_new ? changes.added : changes.changed).push_back(recording.name);
    }
    index_.put(std::move(recordings));
  }
}

void Archive::tell(const Changes& changes) const {
  if (!changes.empty()) observer_(changes);
}

Task<> Archive::load_cache() {
  auto work = [path = options_.state_dir / kCacheName]() -> std::vector<Recording> {
    const auto bytes = read_file(path, kMostCacheBytes);
    if (!bytes) return {};
    auto facts = parse_cache(*bytes);
    if (!facts) {
      log::info(kComponent, "{} is not used: {}", kCacheName, facts.error().detail);
      return {};
    }
    std::vector<Recording> recordings;
    recordings.reserve(facts->size());
    for (auto& one : *facts)
      recordings.push_back({std::move(one.name), one.facts, {}, {}});
    return recordings;
  };
  cached_ = co_await run_blocking(pool_, std::move(work));
}

Task<> Archive::save_cache() {
  cache_is_old_ = false;
  cache_saved_ = Steady::now();
  std::vector<CachedFacts> facts;
  facts.reserve(index_.all().size());
  for (const auto& one : index_.all()) {
    if (!one.being_written) facts.push_back({one.name, one.facts});
  }
  auto work = [path = options_.state_dir / kCacheName, facts = std::move(facts)] {
    return write_file_atomically(path, serialize_cache(facts));
  };
  const auto saved = co_await run_blocking(pool_, std::move(work));
  // It only saves time: the next start reads what it has not got.
  if (!saved) log::debug(kComponent, "{}", saved.error().detail);
}

Task<> Archive::wait_until_free() {
  while (busy_)
    co_await free_.wait();
}

Result<> Archive::check_listed(const std::string& name) const {
  if (is_recording_name(name) && name == options_.current_file()) {
    return make_error(Errc::wrong_state, name + " is being written");
  }
  if (index_.find(name) == nullptr) return no_such(name);
  return {};
}

Task<Result<Recording>> Archive::change(std::string name, NotesChange change) {
  if (change.note) {
    if (const auto checked = check_note(*change.note); !checked) co_return checked.error();
  }
  co_await wait_until_free();
  if (const auto listed = check_listed(name); !listed) co_return listed.error();
  Recording recording = *index_.find(name);
  if (recording.notes_unreadable) {
    co_return make_error(
        Errc::wrong_state,
        fmt::format("{} can not be understood; mend it or remove it first", sidecar_name(name)));
  }
  recording.notes.is_protected = change.is_protected.value_or(recording.notes.is_protected);
  if (change.note) recording.notes.note = std::move(*change.note);
  const Turn turn(*this);
  auto work = [folder = folder_, name,
               notes = recording.notes]() -> Result<std::vector<Recording>> {
    if (auto saved = folder.save_notes(name, notes); !saved) return saved.error();
    return folder.read({name});
  };
  auto changed = co_await run_blocking(pool_, std::move(work));
  if (!changed) co_return changed.error();
  if (changed->empty()) co_return no_such(name);
  recording = changed->front();
  touched_.insert(name);
  index_.put(std::move(*changed));
  tell({{}, {name}, {}});
  co_return recording;
}

Task<Result<>> Archive::remove(std::string name) {
  co_await wait_until_free();
  if (const auto listed = check_listed(name); !listed) co_return listed.error();
  if (index_.find(name)->notes.is_protected) {
    co_return make_error(Errc::wrong_state, name + " is protected; take the protection back first");
  }
  const Turn turn(*this);
  auto work = [folder = folder_, name] { return folder.move_to_trash(name); };
  const auto moved = co_await run_blocking(pool_, std::move(work));
  if (!moved) co_return moved.error();
  touched_.insert(name);
  index_.remove(name);
  std::erase_if(deleted_, [&](const auto& one) { return one.name == name; });
  deleted_.push_back({name, Steady::now() + kTrashTime});
  log::info(kComponent, "{} was deleted", name);
  tell({{}, {}, {name}});
  co_return Result<>();
}

Task<Result<Recording>> Archive::restore(std::string name) {
  if (!is_recording_name(name)) co_return no_such(name);
  co_await wait_until_free();
  const Turn turn(*this);
  auto work = [folder = folder_, name]() -> Result<std::vector<Recording>> {
    if (auto restored = folder.restore(name); !restored) return restored.error();
    return folder.read({name});
  };
  auto restored = co_await run_blocking(pool_, std::move(work));
  if (!restored) co_return restored.error();
  if (restored->empty()) co_return no_such(name);
  std::erase_if(deleted_, [&](const auto& one) { return one.name == name; });
  const Recording recording = restored->front();
  touched_.insert(name);
  index_.put(std::move(*restored));
  log::info(kComponent, "{} was restored", name);
  tell({{name}, {}, {}});
  co_return recording;
}

Task<> Archive::purge_deleted() {
  std::vector<std::string> due;
  for (const auto& one : deleted_) {
    if (one.purge_at <= Steady::now()) due.push_back(one.name);
  }
  if (due.empty()) co_return;
  std::erase_if(deleted_, [](const auto& one) { return one.purge_at <= Steady::now(); });
  auto work = [folder = folder_, due = std::move(due)] {
    for (const auto& name : due)
      folder.purge(name);
    return true;
  };
  co_await run_blocking(pool_, std::move(work));
}

Task<Result<OpenRecording>> Archive::open(std::string name) {
  if (!is_recording_name(name)) co_return no_such(name);
  if (name == options_.current_file()) {
    auto current = co_await open_current(name);
    // It may have been published just now.
    if (current || current.error().code != Errc::not_found) co_return current;
  }
  auto work = [folder = folder_, name] { return folder.open(name); };
  auto opened = co_await run_blocking(pool_, std::move(work));
  if (!opened) co_return opened.error();
  const Recording* known = index_.find(name);
  if (known == nullptr || known->facts.stamp != opened->stamp) look_again();
  co_return OpenRecording{std::make_shared<const FileDescriptor>(std::move(opened->file)),
                          opened->stamp, nullptr};
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
  auto work = [path = folder_.path(), name] { return open_growing(path, name); };
  auto growing = co_await run_blocking(pool_, std::move(work));
  if (!growing || options_.current_file() != name) co_return;
  Recording recording;
  recording.name = name;
  recording.facts = growing->facts;
  recording.being_written = true;
  std::vector<Recording> one;
  one.push_back(std::move(recording));
  index_.put(std::move(one));
}

// What was being written is complete, and listed as that, or it came to nothing.
void Archive::forget_written() {
  const std::string current = options_.current_file();
  index_.keep([&](const Recording& one) { return !one.being_written || one.name == current; });
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
    co_return make_error(Errc::malformed, fmt::format("{}: {}", name, table.error().detail));
  }
  auto frames = std::make_shared<const mp4::FrameTable>(std::move(*table));
  if (known_frames_.size() == kMostFrameTables) known_frames_.erase(known_frames_.begin());
  known_frames_.push_back({name, open.stamp, frames});
  co_return frames;
}

}  // namespace minidvr::archive
