// The power is cut while people protect, mark and delete recordings: what they were told holds, no
// recording loses its notes, and the index says what is on the disk.

#include "archive/archive.hpp"
#include "archive/recording_name.hpp"
#include "power_cut/archive_session.hpp"
#include "power_cut/restart.hpp"
#include "power_cut/seeded_cut.hpp"
#include "unit/support/run_task.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fs = std::filesystem;
using namespace minidvr;
using namespace minidvr::power_cut;

namespace {

constexpr std::uint64_t kDisksOfACut = 12;

using Recordings = std::vector<archive::Recording>;

// What the program lists after a start on that folder, its rubbish taken away.
Recordings listed_after_start(const fs::path& folder) {
  test::Tasks tasks;
  BlockingPool pool(1);
  archive::Archive listing(tasks.executor(), pool, {folder, folder / ".state"});
  TaskGroup group(tasks.executor());
  group.spawn("archive", listing.run());
  const auto wait = [&]() -> Task<> {
    while (!listing.complete())
      co_await sleep_for(std::chrono::milliseconds(1));
    group.cancel();
    co_await group.join();
  };
  tasks.run(wait());
  return listing.index().all();
}

const archive::Recording* find(const Recordings& recordings, const std::string& name) {
  const auto found = std::find_if(recordings.begin(), recordings.end(),
                                  [&](const auto& one) { return one.name == name; });
  return found == recordings.end() ? nullptr : &*found;
}

bool is_in(const archive::Recording* recording, const ArchiveSession::State& state) {
  if (recording == nullptr) return !state.is_there;
  return state.is_there && !recording->notes_file().unreadable && recording->notes() == state.notes;
}

// Something that may be of each recording is: no more was taken back than what was not answered.
void check_steps(const ArchiveSession::Steps& steps, std::size_t cut, const Recordings& listed,
                 std::vector<std::string>& faults) {
  for (const auto& [name, all] : steps) {
    const auto* recording = find(listed, name);
    std::size_t first = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].promised_from <= cut) first = i;
    }
    bool possible = false;
    for (std::size_t i = first; i < all.size(); ++i) {
      if (i > first && all[i].possible_from >= cut) break;
      possible = possible || is_in(recording, all[i].state);
    }
    if (!possible) {
      faults.push_back(fmt::format(
          "{} is {}{}, which it was neither told nor about to be (step {})", name,
          recording == nullptr ? "gone" : "there",
          recording == nullptr
              ? ""
              : fmt::format(": protected {}, note '{}', {} marks", recording->notes().is_protected,
                            recording->notes().note, recording->notes().marks.size()),
          first));
    }
  }
}

// The index says what the files say.
void check_index(const fs::path& folder, const Recordings& listed,
                 std::vector<std::string>& faults) {
  const archive::ArchiveFolder disk(folder);
  const auto names = disk.compare({});
  if (!names || names->to_read.size() != listed.size()) {
    faults.emplace_back("not all recordings are listed, or more");
    return;
  }
  const auto truths = disk.read(names->to_read);
  if (!truths) {
    faults.emplace_back("the folder is not there");
    return;
  }
  for (const auto& truth : *truths) {
    const auto* told = find(listed, truth.name);
    if (told == nullptr || *told != truth) faults.push_back("the index lies about " + truth.name);
    if (truth.facts.damaged) faults.push_back(truth.name + " is damaged");
  }
}

std::vector<std::string> faults_after(const ArchiveSession& session, const DiskModel& model,
                                      std::size_t cut, std::uint64_t seed, const fs::path& folder) {
  std::string_view stale;
  for (const auto& [path, bytes] : session.before().files)
    stale = bytes.size() > stale.size() ? std::string_view(bytes) : stale;
  SeededCut choices(seed, stale);
  put_on_disk(model.after_cut(cut, choices), folder);
  set_old_times(folder);
  std::vector<std::string> faults;
  const auto listed = listed_after_start(folder);
  check_steps(session.steps(), cut, listed, faults);
  check_index(folder, listed, faults);
  return faults;
}

// How many of the disks after all cuts have faults; the first ones are told, when they are
// failures.
std::size_t faulty_disks(const ArchiveSession& session, const DiskModel& model, bool are_failures) {
  constexpr std::size_t kTold = 10;
  const test::TemporaryFolder folder(fs::exists("/dev/shm") ? "/dev/shm"
                                                            : fs::temp_directory_path());
  const auto events = session.log().events().size();
  std::size_t faulty = 0;
  std::size_t disks = 0;
  for (std::size_t cut = 0; cut <= events; ++cut) {
    // Until a rename is synced FAT may have both names, or none.
    if (model.file_system() == FileSystem::fat && session.is_asked(cut)) continue;
    disks += kDisksOfACut;
    for (std::uint64_t seed = 1; seed <= kDisksOfACut; ++seed) {
      const auto faults = faults_after(session, model, cut, seed, folder.path() / "disk");
      if (faults.empty()) continue;
      if (!are_failures) return 1;
      if (++faulty > kTold) continue;
      FAIL_CHECK(fmt::format("cut {} of {}, seed {}:\n  {}", cut, events, seed,
                             fmt::join(faults, "\n  ")));
    }
  }
  WARN(disks << " power cuts: " << faulty << " with faults");
  return faulty;
}

}  // namespace

TEST_CASE("after a power cut nothing protected is lost, and the index tells no lies, on FAT, too") {
  const ArchiveSession session;
  CHECK(session.model().at_end() == read_disk(session.recordings()));
  CHECK(faulty_disks(session, session.model(), true) == 0);
  CHECK(faulty_disks(session, session.model_of(session.log(), FileSystem::fat), true) == 0);
  // Were nothing synced, that would be seen.
  const WriteLog unsynced = session.log().without_syncs([](std::uint64_t) { return true; });
  CHECK(faulty_disks(session, session.model_of(unsynced), false) > 0);
}
