#include "archive/recording_name.hpp"
#include "archive/sidecar.hpp"
#include "recording/journal.hpp"
#include "unit/archive/running_archive.hpp"

#include <filesystem>
#include <set>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <fcntl.h>

using namespace minidvr;
using namespace minidvr::archive;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

struct MarkedArchive : RunningArchive {
  Result<PlacedMark> mark(std::string label, std::optional<WallTime> at) {
    return tasks.run(archive->add_mark(std::move(label), at));
  }
  Notes notes_of(const std::string& name) const { return archive->index().find(name)->notes(); }

  // What is being written: three frames of 40 ms, the last one shown until now.
  std::string begin_writing(WallTime::duration since_now = 0s) {
    const auto partial = recordings() / ".partial";
    fs::create_directories(partial);
    const WallTime start =
        std::chrono::floor<microseconds>(std::chrono::system_clock::now() + since_now);
    const std::string name = file_stamp(start) + ".mp4";
    write_recording(partial, "media.mp4", start);
    const FileDescriptor folder(::open(partial.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    recording::JournalHeader header;
    header.media = "media.mp4";
    header.reserve = 4096;
    header.width = 640;
    header.height = 480;
    header.frame_interval = 40'000;
    header.wall = std::chrono::floor<microseconds>(start.time_since_epoch()).count();
    header.boot_id = std::string(36, 'x');
    auto journal =
        recording::JournalWriter::create(folder.get(), stem_of(name) + ".journal", header);
    REQUIRE(journal);
    const std::vector<recording::Sample> samples{{0us, 100}, {40ms, 100}, {80ms, 100}};
    REQUIRE(journal->append(samples));
    current_file = name;
    return name;
  }
  void publish() {
    fs::rename(recordings() / ".partial/media.mp4", recordings() / current_file);
    fs::remove(recordings() / ".partial" / (stem_of(current_file) + ".journal"));
    archive->look_again();
  }
};

}  // namespace

TEST_CASE("a mark lies with the recording that shows its time, in the order of time") {
  MarkedArchive run;
  const auto first = run.add_listed(0);
  const auto second = run.add_listed(1);
  const WallTime start = run.archive->index().find(first)->facts.start;
  run.told.clear();
  const auto later = run.mark("later", start + 60ms);
  const auto earlier = run.mark("earlier", start + 10ms);
  REQUIRE(later);
  REQUIRE(earlier);
  CHECK(later->recording == first);
  CHECK(is_mark_id(later->mark.id));
  CHECK(later->mark.at == start + 60ms);
  CHECK(run.told == "~" + first + " ~" + first + " ");
  CHECK(run.notes_of(first).marks == std::vector<Mark>{earlier->mark, later->mark});
  CHECK_FALSE(run.notes_of(first).is_protected);
  const auto other = run.mark("", run.archive->index().find(second)->facts.start);
  REQUIRE(other);
  CHECK(other->recording == second);

  const auto labels = [&](std::optional<WallTime> from, std::optional<WallTime> to) {
    std::string text;
    for (const auto& one : run.archive->marks(from, to, 100))
      text += one.mark.label + "|";
    return text;
  };
  CHECK(labels({}, {}) == "earlier|later||");
  CHECK(labels(start + 11ms, {}) == "later||");
  CHECK(labels({}, start + 60ms) == "earlier|");
  CHECK(run.archive->marks({}, {}, 1).size() == 1);

  run.stop();
  run.start();
  CHECK(run.notes_of(first).marks.size() == 2);
  const auto removed = run.tasks.run(run.archive->remove_mark(later->mark.id));
  REQUIRE(removed);
  CHECK(removed->recording == first);
  CHECK(run.notes_of(first).marks == std::vector<Mark>{earlier->mark});
  CHECK(run.tasks.run(run.archive->remove_mark(later->mark.id)).error().code == Errc::not_found);
  CHECK(run.tasks.run(run.archive->remove_mark("../x")).error().code == Errc::not_found);
}

TEST_CASE("what is shown at the edges of a recording is in it, and a gap is not") {
  MarkedArchive run;
  const auto name = run.add_listed(0);
  const auto& facts = run.archive->index().find(name)->facts;
  const WallTime start = facts.start;
  const WallTime end = facts.end();
  // Clients have milliseconds only.
  CHECK(run.mark("", std::chrono::floor<milliseconds>(start)));
  CHECK(run.mark("", end + 10ms));
  for (const WallTime outside : {start - 2ms, end + 100ms, std::chrono::system_clock::now() + 1h}) {
    const auto refused = run.mark("", outside);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::wrong_state);
    CHECK(refused.error().detail.starts_with("nothing was recorded at "));
  }
  CHECK(run.mark("now", {}).error().code == Errc::wrong_state);
}

TEST_CASE("a mark has a label that can be one, and a recording not too many marks") {
  MarkedArchive run;
  const auto name = run.add_listed(0);
  const WallTime start = run.archive->index().find(name)->facts.start;
  CHECK(run.mark("two\nlines", start).error().code == Errc::refused);
  CHECK(run.mark(std::string(kLongestMarkLabel + 1, 'x'), start).error().code == Errc::refused);
  Notes notes;
  for (std::size_t i = 0; i < kMostMarks; ++i)
    notes.marks.push_back({fmt::format("{:016x}", i), start, ""});
  REQUIRE(ArchiveFolder(run.recordings()).save_notes(name, notes));
  run.wait_until([&] { return run.notes_of(name).marks.size() == kMostMarks; });
  CHECK(run.mark("one more", start).error().code == Errc::wrong_state);
}

TEST_CASE("a mark protects where that is wanted") {
  MarkedArchive run;
  run.stop();
  run.mark_protects = true;
  run.start();
  const auto name = run.add_listed(0);
  REQUIRE(run.mark("", run.archive->index().find(name)->facts.start));
  CHECK(run.notes_of(name).is_protected);
  CHECK(run.tasks.run(run.archive->remove(name)).error().code == Errc::wrong_state);
}

TEST_CASE("what is being written takes marks and notes, and has them when it is published") {
  MarkedArchive run;
  const auto name = run.begin_writing();
  const auto now = run.mark("now", {});
  REQUIRE(now);
  CHECK(now->recording == name);
  const auto first = run.mark("first frame", run.archive->index().find(name)->facts.start);
  REQUIRE(first);
  REQUIRE(run.change(name, {true, "a note"}));
  const Notes notes = run.notes_of(name);
  CHECK(notes.marks == std::vector<Mark>{first->mark, now->mark});
  CHECK(notes.is_protected);
  CHECK(fs::exists(run.recordings() / sidecar_name(name)));
  run.tasks.run(sleep_for(250ms));  // it is looked at again
  run.tasks.run(run.archive->follow_current());
  CHECK(run.archive->index().find(name)->being_written);
  CHECK(run.notes_of(name) == notes);
  // Notes without their recording are no recording.
  run.archive->look_again();
  run.tasks.run(sleep_for(100ms));
  CHECK(run.archive->index().all().size() == 1);

  run.publish();
  run.current_file.clear();
  run.wait_until([&] { return !run.archive->index().find(name)->being_written; });
  CHECK(run.notes_of(name) == notes);
}

TEST_CASE("when the clock was set since, now is the time of the newest frame") {
  for (const auto set_by : {-24h, 24h}) {
    MarkedArchive run;
    const auto name = run.begin_writing(set_by);
    const auto placed = run.mark("", {});
    REQUIRE(placed);
    CHECK(placed->recording == name);
    CHECK(placed->mark.at == run.archive->index().find(name)->facts.end());
  }
}

TEST_CASE("a mark finds no recording when nothing is on the disk within its patience") {
  MarkedArchive run;
  run.current_file = "20261124_101000.mp4";
  const auto before = Steady::now();
  CHECK(run.mark("", {}).error().code == Errc::wrong_state);
  CHECK(Steady::now() - before >= Archive::kLongestStart);
}
