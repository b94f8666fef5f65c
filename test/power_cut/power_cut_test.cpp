// The power is cut at any moment of a recording: what the disk holds then is made whole by the next
// start, and nothing that was synced is missing.
//
// MINIDVR_TEST_FULL=1: every moment, several times. A fault tells its cut and its seed; to see it
// again, the recording has to be the same too: TEST_SESSION=FOLDER keeps it there, and takes the
// one that is there already. TEST_POINT=CUT:SEED tries one point alone, and leaves its disk in
// FOLDER/disk.

#include "power_cut/recorded_session.hpp"
#include "power_cut/restart.hpp"
#include "power_cut/seeded_cut.hpp"
#include "power_cut/verdict.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fs = std::filesystem;
using namespace minidvr;
using namespace minidvr::power_cut;

namespace {

constexpr std::size_t kSampledPoints = 24;
constexpr std::size_t kAllPoints = 2000;  // at least
constexpr std::size_t kFaultPoints =
    400;                              // enough to see what is never synced: the first one will do
constexpr std::size_t kCutTwice = 4;  // at one point in so many, again during the recovery
constexpr std::size_t kTold = 10;     // faulty points that are told in full

// Of the environment, before anything is started: to mini-dvr a MINIDVR_ variable is a setting.
std::string taken(const char* name, const char* otherwise) {
  const char* text = std::getenv(name);
  std::string value = text != nullptr ? text : otherwise;
  ::unsetenv(name);
  return value;
}

const bool kFull = !taken("MINIDVR_TEST_FULL", "").empty();
const std::uint64_t kSeed = std::stoull(taken("TEST_SEED", "1"));
const std::string kSession = taken("TEST_SESSION", "");
const std::string kPoint = taken("TEST_POINT", "");

// The power is cut before the call at `cut`; the seed says what of the unsynced is there.
struct Point {
  std::size_t cut;
  std::uint64_t seed;
};

const RecordedSession& session() {
  static const RecordedSession the_session(kSession);
  return the_session;
}

// Moments beside syncs and changes of names, where promises begin, and any others, half and half.
std::vector<Point> sampled_points(std::size_t count) {
  const auto& events = session().log().events();
  std::vector<std::size_t> turns;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].call != Call::write) turns.push_back(i);
  }
  std::mt19937_64 random(kSeed);
  std::vector<Point> points;
  for (std::size_t i = 0; i < count; ++i) {
    const auto cut =
        i % 2 == 0 ? turns[random() % turns.size()] + random() % 2 : random() % (events.size() + 1);
    points.push_back({cut, kSeed + i});
  }
  return points;
}

std::vector<Point> all_points() {
  std::vector<Point> points;
  while (points.size() < kAllPoints) {
    for (std::size_t cut = 0; cut <= session().log().events().size(); ++cut)
      points.push_back({cut, kSeed + points.size()});
  }
  return points;
}

Point the_point() {
  const auto colon = kPoint.find(':');
  return {std::stoull(kPoint), std::stoull(kPoint.substr(colon + 1))};
}

// What other files left on the disk before: pieces of pictures.
std::string_view stale_blocks(const WriteLog& log) {
  std::string_view largest;
  for (const auto& event : log.events()) {
    if (event.data.size() > largest.size()) largest = event.data;
  }
  return largest;
}

std::vector<std::string> faults_after(const Point& point, const DiskModel& model,
                                      Machine& machine) {
  const auto& footage = session().footage();
  const auto stale = stale_blocks(session().log());
  SeededCut choices(point.seed, stale);
  try {
    Disk disk = model.after_cut(point.cut, choices);
    if (!kPoint.empty() && !kSession.empty()) put_on_disk(disk, fs::path(kSession) / "disk");
    // On FAT a second cut may come within a rename, where nothing is promised.
    if (point.seed % kCutTwice == 0 && model.file_system() == FileSystem::journaling) {
      SeededCut more(point.seed + 1, stale);
      disk = machine.cut_during_recovery(disk, point.seed * point.cut, more);
    }
    return faults_of(machine.recover(disk), footage,
                     footage.required(point.cut, session().bound()));
  } catch (const std::exception& e) {
    return {e.what()};
  }
}

std::ptrdiff_t syncs_in(const WriteLog& log) {
  return std::count_if(log.events().begin(), log.events().end(),
                       [](const Event& event) { return event.call == Call::sync_end; });
}

// What is wrong after a cut; empty: nothing.
using Judge = std::function<std::vector<std::string>(const Point& point, Machine& machine)>;

// Several machines side by side, until `enough` points are faulty. Returns what is wrong with each.
std::vector<std::string> run_points(const std::vector<Point>& points, const Judge& judge,
                                    std::size_t enough) {
  std::vector<std::string> faulty;
  std::mutex mutex;
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    // Syncs of memory take no time.
    const test::TemporaryFolder folder(fs::exists("/dev/shm") ? "/dev/shm"
                                                              : fs::temp_directory_path());
    Machine machine(folder.path());
    for (std::size_t i = next++; i < points.size(); i = next++) {
      const auto faults = judge(points[i], machine);
      if (faults.empty()) continue;
      const std::lock_guard lock(mutex);
      if (faulty.size() + 1 >= enough) next = points.size();
      faulty.push_back(fmt::format("TEST_POINT={}:{}, of {} calls:\n  {}", points[i].cut,
                                   points[i].seed, session().log().events().size(),
                                   fmt::join(faults, "\n  ")));
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
    workers.emplace_back(work);
  for (auto& worker : workers)
    worker.join();
  return faulty;
}

Judge with(const DiskModel& model) {
  return [&model](const Point& point, Machine& machine) {
    return faults_after(point, model, machine);
  };
}

void check_no_faults(std::vector<Point> points, const DiskModel& model) {
  if (!kPoint.empty()) points = {the_point()};
  const auto faulty = run_points(points, with(model), points.size() + 1);
  WARN(points.size() << " power cuts, TEST_SEED=" << kSeed << ": " << faulty.size()
                     << " with faults");
  for (std::size_t i = 0; i < std::min(kTold, faulty.size()); ++i)
    FAIL_CHECK(faulty[i]);
  CHECK(faulty.empty());
}

// The same session on a FAT disk.
const DiskModel& fat_model() {
  static const DiskModel the_model(session().log(), session().top(), {}, {}, FileSystem::fat);
  return the_model;
}

// Until a rename is synced FAT may have both names, or none: that nobody can help. It must not take
// longer than other syncs do.
bool is_renaming(const DiskModel& model, std::size_t cut) {
  constexpr int kSyncsInARow = 2;
  const auto& events = session().log().events();
  const auto& changes = model.name_changes();
  return std::any_of(changes.begin(), changes.end(), [&](const DiskModel::NameChange& change) {
    if (!change.is_half || change.position >= cut || model.settled(change, cut)) return false;
    const auto since = events[cut - 1].begun - events[change.position].begun;
    return since < kSyncsInARow * session().bound();
  });
}

std::set<DiskModel::FileNumber> renamed_files(const DiskModel& model) {
  std::set<DiskModel::FileNumber> files;
  for (const auto& change : model.name_changes()) {
    const auto& file = change.entries.front().file;
    if (change.is_half && file) files.insert(*file);
  }
  return files;
}

class KeepNothing : public CutChoices {
 public:
  bool keeps_name(std::size_t) override { return false; }
  std::size_t size_changes(std::size_t, std::size_t) override { return 0; }
  std::size_t sector_changes(std::size_t, std::size_t, std::size_t) override { return 0; }
  std::string unwritten(std::size_t, std::size_t, std::size_t bytes) override {
    return std::string(bytes, '\0');
  }
};

}  // namespace

TEST_CASE("the log of a recording tells all that happened to the disk") {
  CHECK(session().model().at_end() == read_disk(session().recordings()));
  const auto& frames = session().footage().frames();
  CHECK(frames.size() > 100);
  std::size_t compared = 0;
  for (const auto& [number, frame] : frames) {
    const auto seen = session().seen().find(number);
    if (seen == session().seen().end()) continue;
    ++compared;
    CHECK(seen->second == frame.hash);
  }
  CHECK((session().seen().empty() || compared > frames.size() / 2));
}

TEST_CASE("every frame is safe one second and a sync after it was written") {
  const auto in_ms = [](auto time) { return static_cast<double>(time.count()) / 1e6; };
  WARN("syncs " << in_ms(session().footage().time_of_syncs()) << " ms, latest frame "
                << in_ms(session().footage().worst_delay()) << " ms, bound "
                << in_ms(session().bound()) << " ms");
  CHECK(session().footage().worst_delay() <= session().bound());
}

// Fails as long as the names of new files are not synced, and a file is published after a cut
// because its boxes are whole, without a look at its frames.
TEST_CASE("after a power cut no synced frame is missing and every file is complete") {
  check_no_faults(kFull ? all_points() : sampled_points(kSampledPoints), session().model());
}

TEST_CASE("a FAT disk has nothing to lose of what was renamed once the recording has ended") {
  const auto& model = fat_model();
  KeepNothing nothing;
  const Disk end = model.at_end();
  const Disk left = model.after_cut(session().log().events().size(), nothing);
  const auto renamed = renamed_files(model);
  std::size_t compared = 0;
  for (const auto& [path, bytes] : end.files) {
    const auto file = model.find(path);
    if (!file || !renamed.contains(*file)) continue;
    ++compared;
    INFO(path);
    const auto found = left.files.find(path);
    CHECK((found != left.files.end() && found->second == bytes));
    const std::string& before = model.files()[*file].first_name;
    INFO("it was " << before);
    CHECK((end.files.contains(before) || !left.files.contains(before)));
  }
  CHECK(compared > 2);
}

TEST_CASE("after a power cut a FAT disk has each synced frame, too, and every file is complete") {
  auto points = kFull ? all_points() : sampled_points(kSampledPoints);
  std::erase_if(points, [](const Point& point) { return is_renaming(fat_model(), point.cut); });
  points.push_back({session().log().events().size(), kSeed});
  check_no_faults(std::move(points), fat_model());
}

TEST_CASE("a program whose syncs do nothing is found out") {
  using Forgotten = RecordedSession::Forgotten;
  for (const auto forgotten : {Forgotten::media, Forgotten::journals, Forgotten::folders}) {
    const WriteLog log = session().without_syncs(forgotten);
    INFO("kind " << static_cast<int>(forgotten));
    if (syncs_in(log) == syncs_in(session().log())) {
      WARN("kind " << static_cast<int>(forgotten) << " was never synced: the machine is too busy");
      continue;
    }
    const DiskModel model(log, session().top());
    // Only what goes wrong without these syncs, and does not with them.
    const Judge judge = [&](const Point& point, Machine& machine) {
      auto faults = faults_after(point, model, machine);
      if (!faults.empty() && !faults_after(point, session().model(), machine).empty()) {
        faults.clear();
      }
      return faults;
    };
    CHECK_FALSE(run_points(sampled_points(kFaultPoints), judge, 1).empty());
  }
}

TEST_CASE("a program that never syncs its media files is found out, although it promises nothing") {
  const WriteLog log = session().without_syncs(RecordedSession::Forgotten::media);
  const DiskModel model(log, session().top());
  CHECK(Footage(log, model).worst_delay() > session().bound());
}
