#include "archive/housekeeping.hpp"

#include "archive/recording_name.hpp"
#include "archive/retention_files.hpp"
#include "support/temporary_folder.hpp"
#include "unit/archive/running_archive.hpp"

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>

#include <catch2/catch.hpp>

#include <sys/timex.h>
#include <unistd.h>
#include <utime.h>

using namespace minidvr;
using namespace minidvr::archive;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

constexpr auto kOneDay = 24h;

WallTime ago(WallTime::duration time) {
  return std::chrono::system_clock::now() - time;
}

// An archive that is kept within limits.
struct KeptArchive : RunningArchive {
  ~KeptArchive() { end(); }

  void keep(
      Retention::Limits limits, std::function<bool()> may_delete = [] { return true; }) {
    end();
    Housekeeping::Options options{recordings(), limits, std::move(may_delete)};
    options.state_dir = disk.path() / "state";
    options.state_gate = memory_gate;
    options.clock = [this] {
      ClockFacts facts = clock_facts();
      facts.now += clock_ahead;
      facts.synchronized = clock_synchronized;
      facts.since_boot += kUntilSynchronized;
      return facts;
    };
    housekeeping = std::make_unique<Housekeeping>(*archive, options);
    tasks_of_it = std::make_unique<TaskGroup>(tasks.executor());
    tasks_of_it->spawn("housekeeping", housekeeping->run());
  }
  void end() {
    if (!tasks_of_it) return;
    tasks_of_it->cancel();
    tasks.run(tasks_of_it->join());
    tasks_of_it.reset();
    housekeeping.reset();
  }
  // More than is free, and less than the disk has.
  std::uint64_t more_than_free() const {
    const auto space = fs::space(disk.path());
    return space.available + (space.capacity - space.available) / 2;
  }
  bool is_listed(const std::string& name) const { return archive->index().find(name) != nullptr; }
  std::string old_one(int days) { return listed(add_at(ago(days * kOneDay))); }

  WallTime::duration clock_ahead{0};
  bool clock_synchronized = true;
  StateGate memory_gate;  // of the clock
  std::unique_ptr<Housekeeping> housekeeping;
  std::unique_ptr<TaskGroup> tasks_of_it;
};

// A folder on a disk that is not there at first, and whose reading can be stopped. It tells each
// who opens it whether that is so.
class LateDisk {
 public:
  FolderGate gate() {
    return [this](int) { return admit(); };
  }
  StateGate state_gate() {
    return [this] { return admit(); };
  }
  // Lets so many in, and the next one waits until go_on().
  void come(int admitted) {
    const std::lock_guard lock(mutex_);
    is_there_ = true;
    admitted_until_held_ = admitted;
  }
  void go() {
    const std::lock_guard lock(mutex_);
    is_there_ = false;
  }
  bool is_waited_for() {
    const std::lock_guard lock(mutex_);
    return holds_;
  }
  void go_on() {
    const std::lock_guard lock(mutex_);
    admitted_until_held_ = -1;
    holds_ = false;
    changed_.notify_all();
  }

 private:
  Result<> admit() {
    std::unique_lock lock(mutex_);
    if (is_there_ && admitted_until_held_ >= 0 && admitted_until_held_-- == 0) {
      holds_ = true;
      changed_.wait(lock, [this] { return !holds_; });
    }
    return is_there_ ? Result<>() : make_error(Errc::unavailable, "not there");
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_there_ = false;
  bool holds_ = false;
  int admitted_until_held_ = -1;
};

// Nobody may end while a thread is held.
struct GoesOn {
  ~GoesOn() { disk.go_on(); }
  LateDisk& disk;
};

std::ptrdiff_t files_in(const fs::path& folder) {
  return std::count_if(fs::directory_iterator(folder), fs::directory_iterator(),
                       [](const auto& entry) { return entry.is_regular_file(); });
}

}  // namespace

TEST_CASE("what is too old goes with its notes, is told, and nothing else goes") {
  KeptArchive kept;
  const auto oldest = kept.old_one(9);
  const auto old = kept.old_one(8);
  const auto is_protected = kept.old_one(10);
  const auto young = kept.old_one(6);
  REQUIRE(kept.change(old, {{}, "a note"}));
  REQUIRE(kept.change(is_protected, {true, {}}));
  kept.disk.write("recordings/holiday.mp4", "mine");
  kept.disk.write("recordings/20200101_000000.txt", "mine");
  fs::create_symlink("/dev/null", kept.recordings() / "20200101_000000.mp4");
  fs::create_directory(kept.recordings() / "20200101_000001.mp4");
  kept.told.clear();
  kept.keep({.max_age_days = 7, .min_free = 0});
  kept.wait_until([&] { return !kept.told.empty(); });
  CHECK(kept.told == "-" + oldest + " -" + old + " ");
  CHECK_FALSE(fs::exists(kept.recordings() / oldest));
  CHECK_FALSE(fs::exists(kept.recordings() / sidecar_name(old)));
  CHECK(kept.is_listed(is_protected));
  CHECK(kept.is_listed(young));
  for (const char* name : {"holiday.mp4", "20200101_000000.txt", "20200101_000001.mp4"})
    CHECK(fs::exists(kept.recordings() / name));
  CHECK(fs::is_symlink(kept.recordings() / "20200101_000000.mp4"));
  CHECK(kept.housekeeping->status().shortages.empty());
  CHECK(kept.housekeeping->status().stopped == Retention::Stop::none);
}

TEST_CASE("what others made stays, also when it is called like a recording") {
  KeptArchive kept;
  fs::create_directories(kept.recordings());
  for (const char* name : {"20240101_120000.mp4", "20240101_130000.mp4"})
    write_film(kept.recordings(), name, ago(700 * kOneDay));
  kept.disk.write("recordings/20240101_140000.mp4", "a copy that is under way");
  const auto old = kept.old_one(9);
  kept.keep({.max_age_days = 7, .max_size = 1, .min_free = kept.more_than_free()});
  kept.wait_until([&] { return !kept.is_listed(old); });
  for (const char* name : {"20240101_120000.mp4", "20240101_130000.mp4", "20240101_140000.mp4"}) {
    CHECK(fs::exists(kept.recordings() / name));
    CHECK(kept.is_listed(name));
  }
  CHECK(kept.archive->index().totals().recordings == 0);
  CHECK(kept.tasks.run(kept.archive->remove("20240101_120000.mp4")));
}

TEST_CASE("when space is short the oldest go, and what was deleted can not be had back") {
  KeptArchive kept;
  const auto deleted = kept.old_one(4);
  const auto first = kept.old_one(3);
  const auto second = kept.old_one(2);
  const auto is_protected = kept.old_one(5);
  REQUIRE(kept.change(is_protected, {true, {}}));
  REQUIRE(kept.tasks.run(kept.archive->remove(deleted)));
  kept.told.clear();
  kept.keep({.max_age_days = 0, .min_free = kept.more_than_free()});
  kept.wait_until([&] { return !kept.housekeeping->status().shortages.empty(); });
  CHECK(kept.told == "-" + first + " -" + second + " ");
  CHECK(kept.is_listed(is_protected));
  CHECK(kept.tasks.run(kept.archive->restore(deleted)).error().code == Errc::not_found);
  CHECK(kept.housekeeping->status().min_free > 0);
  // It is short still: what comes next goes at once, and not with the next minute's pass.
  const auto next = kept.old_one(1);
  kept.wait_until([&] { return !kept.is_listed(next); });
  CHECK_FALSE(fs::exists(kept.recordings() / next));
}

TEST_CASE("what is being read goes an hour later than others, and can be read to its end") {
  KeptArchive kept;
  const auto read = kept.listed(kept.add_at(ago(7 * kOneDay + 30min)));
  const auto other = kept.listed(kept.add_at(ago(7 * kOneDay + 20min)));
  const auto current = kept.old_one(8);
  const auto open = kept.tasks.run(kept.archive->open(read));
  REQUIRE(open);
  CHECK_FALSE(kept.archive->in_use(read));
  auto file = kept.archive->use(read, *open);
  kept.current_file = current;
  kept.keep({.max_age_days = 7, .min_free = 0});
  kept.wait_until([&] { return !kept.is_listed(other); });
  CHECK(kept.is_listed(read));
  // A player reads it part by part.
  file.reset();
  CHECK(kept.archive->in_use(read));
  kept.keep({.max_age_days = 0, .min_free = kept.more_than_free()});
  kept.wait_until([&] { return !kept.is_listed(read); });
  CHECK_FALSE(fs::exists(kept.recordings() / read));
  std::uint8_t first = 1;
  CHECK(::pread(open->file->get(), &first, 1, 0) == 1);
  CHECK(kept.is_listed(current));
  // Nobody may delete that by another way, either.
  CHECK(kept.tasks.run(kept.archive->unlink(current)).error().code == Errc::wrong_state);
}

TEST_CASE("what is protected by hand at the last moment stays") {
  KeptArchive kept;
  const auto name = kept.old_one(9);
  // Into the same file: the folder does not say that it has changed.
  REQUIRE(kept.change(name, {{}, "a note"}));
  kept.disk.write("recordings/" + sidecar_name(name), R"({"protected":true})");
  REQUIRE_FALSE(kept.archive->index().find(name)->notes().is_protected);
  kept.keep({.max_age_days = 7, .min_free = 0});
  kept.wait_until([&] { return kept.archive->index().find(name)->notes().is_protected; });
  CHECK(fs::exists(kept.recordings() / name));
  kept.end();
  kept.disk.write("recordings/" + sidecar_name(name), R"({"protected":fal)");
  CHECK(kept.tasks.run(kept.archive->unlink(name)).error().code == Errc::wrong_state);
}

TEST_CASE("in a folder that is not ours nothing is deleted") {
  KeptArchive kept;
  const auto name = kept.old_one(9);
  kept.keep({.max_age_days = 7}, [] { return false; });
  kept.tasks.run(sleep_for(Housekeeping::kBetweenLooks + 500ms));
  CHECK(kept.is_listed(name));
  kept.keep({.max_age_days = 7});
  kept.wait_until([&] { return !kept.is_listed(name); });
}

TEST_CASE(
    "of a folder that comes late or comes back nothing is deleted before all of it is listed") {
  constexpr int kFiles = 210;
  constexpr int kListedFirst = 200;
  LateDisk disk;
  KeptArchive kept;
  const GoesOn goes_on{disk};
  kept.stop();
  std::string oldest;
  for (int i = 0; i < kFiles; ++i) {
    const WallTime start = ago(kOneDay) - i * 10min;
    fs::create_directories(kept.recordings());
    oldest = file_stamp(start) + ".mp4";
    write_recording(kept.recordings(), oldest, start);
  }
  kept.folder_gate = disk.gate();
  kept.start();
  REQUIRE(kept.archive->index().all().empty());
  kept.keep({.max_age_days = 0, .min_free = kept.more_than_free()});
  const auto hold_second_read = [&](int before) {
    disk.come(before);
    kept.wait_until([&] { return kept.archive->index().all().size() == kListedFirst; });
    kept.tasks.run(sleep_for(Housekeeping::kBetweenLooks + 500ms));
    CHECK(files_in(kept.recordings()) == kFiles);
  };
  // The look, what was deleted before, the names, the first read.
  hold_second_read(4);
  disk.go();
  disk.go_on();
  kept.wait_until([&] { return kept.archive->index().all().empty(); });
  // Once more, but what was deleted before.
  hold_second_read(3);
  kept.told.clear();
  disk.go_on();
  kept.wait_until([&] { return kept.told.find('-') != std::string::npos; });
  const auto first_gone = kept.told.substr(kept.told.find('-') + 1, oldest.size());
  CHECK(first_gone == oldest);
}

TEST_CASE("a state folder that hangs keeps no recording from going when space is short") {
  LateDisk state;
  KeptArchive kept;
  const GoesOn goes_on{state};
  const auto old = kept.old_one(1);
  REQUIRE(kept.change(kept.old_one(2), {true, {}}));
  // When the memory of the clock is read, or when it is written: reading asks twice.
  state.come(GENERATE(0, 2));
  kept.memory_gate = state.state_gate();
  kept.keep({.max_age_days = 7, .min_free = kept.more_than_free()});
  kept.wait_until([&] { return !kept.is_listed(old) && state.is_waited_for(); });
  CHECK_FALSE(fs::exists(kept.recordings() / old));
  const auto next = kept.add_at(ago(3 * kOneDay));
  kept.wait_until([&] { return !fs::exists(kept.recordings() / next); });
  CHECK(state.is_waited_for());
  CHECK_FALSE(fs::exists(kept.disk.path() / "state" / "clock.json"));
  // What it is good for comes once the folder goes on.
  state.go_on();
  kept.wait_until([&] { return fs::exists(kept.disk.path() / "state" / "clock.json"); });
}

TEST_CASE("what is too old goes as soon as a state folder that hung goes on") {
  LateDisk state;
  KeptArchive kept;
  const GoesOn goes_on{state};
  const auto old = kept.old_one(9);
  state.come(0);
  kept.memory_gate = state.state_gate();
  kept.keep({.max_age_days = 7, .min_free = 0});
  kept.tasks.run(sleep_for(2 * Housekeeping::kBetweenLooks + 500ms));
  CHECK(kept.is_listed(old));
  state.go_on();
  kept.wait_until([&] { return !kept.is_listed(old); });
}

TEST_CASE("a state folder that hangs keeps no recording from being listed") {
  LateDisk state;
  KeptArchive kept;
  const GoesOn goes_on{state};
  kept.stop();
  // The cache is read, and hangs when it is written.
  state.come(1);
  kept.state_gate = state.state_gate();
  kept.start();
  kept.add(0);
  kept.wait_until([&] { return state.is_waited_for(); });
  const auto next = kept.add(1);
  kept.wait_until([&] { return kept.is_listed(next); });
  CHECK(state.is_waited_for());
  state.go_on();
  kept.wait_until([&] { return fs::exists(kept.disk.path() / "state" / "index.cache"); });
}

TEST_CASE("what this run recorded is not too old because the clock was set since") {
  KeptArchive kept;
  const auto name = kept.old_one(9);
  const auto other = kept.old_one(8);
  bool may_delete = false;
  kept.current_file = name;
  kept.keep({.max_age_days = 7, .min_free = 0}, [&may_delete] { return may_delete; });
  kept.tasks.run(sleep_for(100ms));
  kept.current_file.clear();
  may_delete = true;
  kept.wait_until([&] { return !kept.is_listed(other); });
  // It is the oldest, so its turn came first.
  CHECK(kept.is_listed(name));
  const Retention::File file{"x", ago(9 * kOneDay), 10min, 1, false, false};
  const auto now = std::chrono::system_clock::now();
  const auto corrected = not_older_than(file, 1h, now);
  CHECK(corrected.start + 10min == now - 1h);
  CHECK(not_older_than(file, 10 * kOneDay, now).start == file.start);
}

TEST_CASE("a clock that nobody vouches for and that jumped over a restart deletes nothing by age") {
  KeptArchive kept;
  const auto name = kept.old_one(3);
  kept.keep({.max_age_days = 7, .min_free = 0});
  const auto file = kept.disk.path() / "state" / "clock.json";
  kept.wait_until([&] { return fs::exists(file); });
  kept.clock_ahead = 10 * kOneDay;
  kept.clock_synchronized = false;
  kept.keep({.max_age_days = 7, .min_free = 0});
  kept.wait_until([&] { return kept.housekeeping->status().stopped != Retention::Stop::none; });
  CHECK(kept.housekeeping->status().stopped == Retention::Stop::clock_doubted);
  CHECK(kept.is_listed(name));
  // Not by starting anew, either: what is not believed is not remembered.
  kept.keep({.max_age_days = 7, .min_free = 0});
  kept.wait_until([&] { return kept.housekeeping->status().stopped != Retention::Stop::none; });
  CHECK(kept.is_listed(name));
  kept.clock_synchronized = true;
  kept.keep({.max_age_days = 7, .min_free = 0});
  kept.wait_until([&] { return !kept.is_listed(name); });
}

TEST_CASE(
    "what was recorded while the clock was not known to be right is no older after a restart") {
  KeptArchive kept;
  const auto name = kept.old_one(30);
  const auto other = kept.old_one(20);
  kept.clock_ahead = -30 * kOneDay;
  kept.clock_synchronized = false;
  kept.current_file = name;
  kept.keep({.max_age_days = 7, .min_free = 0});
  kept.wait_until([&] {
    const auto memory = kept.disk.path() / "state" / "clock.json";
    return fs::exists(memory) && contents_of(memory).find(name) != std::string::npos;
  });
  kept.end();
  kept.current_file.clear();
  kept.clock_ahead = WallTime::duration(0);
  kept.clock_synchronized = true;
  kept.keep({.max_age_days = 7, .min_free = 0});
  kept.wait_until([&] { return !kept.is_listed(other); });
  CHECK(kept.is_listed(name));
  CHECK(fs::exists(kept.recordings() / name));
}

TEST_CASE("a start says in plain words what goes by itself") {
  using L = Retention::Limits;
  CHECK(describe(L{}) == "older than 7 days, or while less than 1 GiB or 3 % of the disk is free");
  CHECK(describe(L{.max_age_days = 0, .max_size = 200ULL << 30, .min_free = 512 << 20}) ==
        "while all take more than 200.0 GiB, or while less than 512 MiB is free");
  CHECK(describe(L{.max_age_days = 0, .max_size = 0, .min_free = 0}).empty());
}

TEST_CASE("a clock is set when it is synchronized, or when nothing does that for a while") {
  const WallTime today = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
  const WallTime past = std::chrono::sys_days(std::chrono::year(2025) / 12 / 31);
  CHECK(is_clock_set({today, true, 0s}));
  CHECK_FALSE(is_clock_set({today, false, 30s}));
  CHECK(is_clock_set({today, false, kUntilSynchronized}));
  CHECK_FALSE(is_clock_set({past, true, 1h}));
  CHECK_FALSE(is_clock_set({past, false, 1h}));
  CHECK(clock_facts().since_boot > 0s);
}

TEST_CASE("a service that may not ask the kernel asks systemd-timesyncd about the clock") {
  const TemporaryFolder run;
  const auto mark = run.path() / "synchronized";
  const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
  const KernelClock refused;
  const auto touch = [&](WallTime at) {
    run.write("synchronized", "");
    const std::time_t seconds_of_it = std::chrono::system_clock::to_time_t(at);
    const utimbuf times{seconds_of_it, seconds_of_it};
    REQUIRE(::utime(mark.c_str(), &times) == 0);
  };
  CHECK(is_synchronized(refused, mark, now) == std::nullopt);
  touch(now - 30min);
  CHECK(is_synchronized(refused, mark, now) == true);
  // The clock was set by hand, or no server was reached for as long as the kernel would wait.
  for (const seconds away : {kStaysSynchronized, -kStaysSynchronized}) {
    touch(now + away);
    CHECK(is_synchronized(refused, mark, now) == std::nullopt);
  }
  // The kernel knows of all that set it, and needs no file.
  CHECK(is_synchronized({TIME_OK, STA_PLL}, run.path() / "none", now) == true);
  touch(now);
  CHECK(is_synchronized({TIME_ERROR, STA_UNSYNC}, mark, now) == false);
  CHECK(is_synchronized({TIME_OK, STA_UNSYNC}, mark, now) == false);
}

TEST_CASE("a clock of which nobody tells whether a time server sets it is not said to have none") {
  const auto said = std::string(describe(Retention::Stop::clock_doubted));
  CHECK(said.find("no time server") == std::string::npos);
  CHECK(said.find("nothing shows that a time server sets it") != std::string::npos);
}

TEST_CASE("a recording is in use while it is open, and for a minute after that") {
  RecordingsInUse in_use;
  const SteadyTime begin = Steady::now();
  CHECK_FALSE(in_use.contains("a", begin));
  auto use = in_use.begin("a");
  auto other = in_use.begin("a");
  CHECK(in_use.contains("a", begin + 1h));
  use.reset();
  CHECK(in_use.contains("a", begin + 1h));
  auto file = RecordingsInUse::file_of(std::move(other), std::make_shared<const FileDescriptor>());
  CHECK(in_use.contains("a", begin + 1h));
  CHECK_FALSE(in_use.contains("b", begin));
  file.reset();
  CHECK(in_use.contains("a", begin + 59s));
  CHECK_FALSE(in_use.contains("a", Steady::now() + 60s));
  // And in use again.
  use = in_use.begin("a");
  CHECK(in_use.contains("a", begin + 1h));
}
