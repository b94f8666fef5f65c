#include "archive/archive.hpp"

#include "archive/recording_name.hpp"
#include "unit/archive/running_archive.hpp"
#include "unit/support/as_nobody.hpp"

#include <atomic>
#include <filesystem>
#include <future>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;
using namespace minidvr::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_CASE("without a folder there are no recordings, and what comes later is listed") {
  RunningArchive run;
  CHECK(run.archive->index().all().empty());
  const auto name = run.add_listed(0);
  CHECK(run.told == "+" + name + " ");
  fs::remove_all(run.recordings());
  run.wait_until([&] { return run.archive->index().all().empty(); });
  CHECK(run.told == "+" + name + " -" + name + " ");
}

TEST_CASE("what others put there, change and remove is seen by itself") {
  RunningArchive run;
  const auto first = run.add_listed(0);
  // Past the program: nobody says that there is something to see.
  const WallTime start = kBegin + 600s;
  const std::string second = file_stamp(start) + ".mp4";
  write_recording(run.recordings(), second, start);
  run.wait_until([&] { return run.archive->index().find(second) != nullptr; });
  std::ofstream(run.recordings() / (file_stamp(start) + ".json")) << R"({"note":"by hand"})";
  run.wait_until([&] { return run.archive->index().find(second)->notes().note == "by hand"; });
  fs::remove(run.recordings() / first);
  run.wait_until([&] { return run.archive->index().find(first) == nullptr; });
  CHECK(run.archive->index().all().size() == 1);
}

TEST_CASE("protection and notes stay over a restart") {
  RunningArchive run;
  const auto name = run.add_listed(0);
  const auto changed = run.change(name, {true, "the moment"});
  REQUIRE(changed);
  CHECK(changed->notes().is_protected);
  CHECK(changed->notes().note == "the moment");
  run.stop();
  run.start();
  REQUIRE(run.archive->index().find(name));
  CHECK(run.archive->index().find(name)->notes() == changed->notes());
  // What is not given stays.
  CHECK(run.change(name, {false, {}})->notes().note == "the moment");
  CHECK(run.change(name, {{}, ""})->notes() == Notes{});
}

TEST_CASE("a protected recording is not deleted, another can be had back") {
  RunningArchive run;
  const auto name = run.add_listed(0);
  REQUIRE(run.change(name, {true, {}}));
  CHECK(run.tasks.run(run.archive->remove(name)).error().code == Errc::wrong_state);
  CHECK(fs::exists(run.recordings() / name));
  REQUIRE(run.change(name, {false, "x"}));
  REQUIRE(run.tasks.run(run.archive->remove(name)));
  CHECK_FALSE(fs::exists(run.recordings() / name));
  CHECK(run.archive->index().find(name) == nullptr);
  CHECK(run.tasks.run(run.archive->open(name)).error().code == Errc::not_found);
  const auto restored = run.tasks.run(run.archive->restore(name));
  REQUIRE(restored);
  CHECK(restored->notes().note == "x");
  CHECK(run.archive->index().find(name) != nullptr);
  CHECK(run.tasks.run(run.archive->restore(name)).error().code == Errc::not_found);
}

TEST_CASE("what was deleted before a restart is gone for good") {
  RunningArchive run;
  const auto name = run.add_listed(0);
  REQUIRE(run.tasks.run(run.archive->remove(name)));
  run.stop();
  run.start();
  CHECK(run.tasks.run(run.archive->restore(name)).error().code == Errc::not_found);
  CHECK(fs::is_empty(run.recordings() / ".trash"));
}

TEST_CASE(
    "what is about to be written can not be changed or deleted, and opened once it is there") {
  RunningArchive run;
  run.current_file = "20261124_101000.mp4";
  fs::create_directories(run.recordings());
  run.tasks.run(run.archive->follow_current());
  CHECK(run.archive->index().all().empty());
  CHECK(run.tasks.run(run.archive->open(run.current_file)).error().code == Errc::not_found);
  CHECK(run.tasks.run(run.archive->remove(run.current_file)).error().code == Errc::wrong_state);
  CHECK(run.change(run.current_file, {true, {}}).error().code == Errc::wrong_state);
}

TEST_CASE("what was published a moment ago can be read before it is listed") {
  RunningArchive run;
  fs::create_directories(run.recordings());
  const std::string name = file_stamp(kBegin) + ".mp4";
  write_recording(run.recordings(), name, kBegin);
  // Nobody has said so, and the next look is up to two seconds away.
  const auto open = run.tasks.run(run.archive->open(name));
  REQUIRE(open);
  const auto frames = run.tasks.run(run.archive->frames(name, *open));
  REQUIRE(frames);
  CHECK((*frames)->start == kBegin);
  // It was noticed then.
  run.wait_until([&] { return run.archive->index().find(name) != nullptr; });
}

TEST_CASE("a name that is none of ours reaches no file") {
  RunningArchive run;
  run.add_listed(0);
  std::ofstream(run.disk.path() / "secret.mp4") << "x";
  std::ofstream(run.recordings() / "holiday.mp4") << "x";
  for (const std::string name :
       {"../secret.mp4", "holiday.mp4", "", ".", "..", "20261124_101000.mp4/../holiday.mp4", "\xFF",
        "20261124_999999.mp4"}) {
    CAPTURE(name);
    CHECK(run.tasks.run(run.archive->open(name)).error().code == Errc::not_found);
    CHECK(run.tasks.run(run.archive->remove(name)).error().code == Errc::not_found);
    CHECK(run.tasks.run(run.archive->restore(name)).error().code == Errc::not_found);
    CHECK(run.change(name, {true, {}}).error().code == Errc::not_found);
  }
  CHECK(fs::exists(run.disk.path() / "secret.mp4"));
  CHECK(fs::exists(run.recordings() / "holiday.mp4"));
}

TEST_CASE("a note that can not be one is refused and nothing changes") {
  RunningArchive run;
  const auto name = run.add_listed(0);
  CHECK(run.change(name, {true, "\x01"}).error().code == Errc::refused);
  CHECK_FALSE(run.archive->index().find(name)->notes().is_protected);
}

TEST_CASE("notes that can not be understood are not written over, and protect") {
  RunningArchive run;
  const auto name = run.add_listed(0);
  const auto sidecar = run.recordings() / (name.substr(0, name.size() - 4) + ".json");
  std::ofstream(sidecar) << R"({"protected":tru)";
  run.wait_until([&] { return run.archive->index().find(name)->notes().is_protected; });
  CHECK(run.change(name, {false, "x"}).error().code == Errc::wrong_state);
  CHECK(run.tasks.run(run.archive->remove(name)).error().code == Errc::wrong_state);
  CHECK(run.disk.read("recordings/" + sidecar.filename().string()) == R"({"protected":tru)");
  fs::remove(sidecar);
  run.wait_until([&] { return !run.archive->index().find(name)->notes().is_protected; });
  CHECK(run.change(name, {false, "x"}));
}

TEST_CASE("the cache is believed for what has not changed, and only for that") {
  RunningArchive run;
  const auto first = run.add_listed(0);
  const auto second = run.add_listed(1);
  const auto third = run.add_listed(2);
  run.wait_until([&] { return fs::exists(run.disk.path() / "state/index.cache"); });
  // The cache is written after the first look at the latest ten minutes later: begin anew.
  run.stop();
  fs::remove(run.disk.path() / "state/index.cache");
  run.start();
  run.wait_until([&] { return fs::exists(run.disk.path() / "state/index.cache"); });
  const auto facts = run.archive->index().find(second)->facts;
  run.stop();
  write_recording(run.recordings(), first, kBegin, 9);
  fs::remove(run.recordings() / third);
  // As long as before and with the same time: it is not opened, so nobody sees that it is nonsense.
  const auto time = fs::last_write_time(run.recordings() / second);
  std::ofstream(run.recordings() / second) << std::string(facts.stamp.bytes, 'x');
  fs::last_write_time(run.recordings() / second, time);
  run.start();
  CHECK(run.archive->index().find(first)->facts.frames == 9);
  CHECK(run.archive->index().find(second)->facts == facts);
  CHECK(run.archive->index().find(third) == nullptr);
  run.stop();

  std::ofstream(run.disk.path() / "state/index.cache") << "MDVRIDX1 nonsense";
  run.start();
  CHECK(run.archive->index().find(first)->facts.frames == 9);
  CHECK(run.archive->index().find(second)->facts.damaged);
}

TEST_CASE("where frames lie is read once, and again when the file is another") {
  RunningArchive run;
  const auto name = run.add_listed(0);
  const auto open = run.tasks.run(run.archive->open(name));
  REQUIRE(open);
  const auto frames = run.tasks.run(run.archive->frames(name, *open));
  REQUIRE(frames);
  CHECK((*frames)->frames.size() == 3);
  CHECK(*run.tasks.run(run.archive->frames(name, *open)) == *frames);
  run.add(0, 8);
  const auto again = run.tasks.run(run.archive->open(name));
  REQUIRE(again);
  CHECK((*run.tasks.run(run.archive->frames(name, *again)))->frames.size() == 8);
  // The others push it out of the few that are kept.
  for (int number = 1; number <= 5; ++number) {
    const auto other = run.add_listed(number);
    const auto opened = run.tasks.run(run.archive->open(other));
    REQUIRE(opened);
    CHECK(run.tasks.run(run.archive->frames(other, *opened)));
  }
  CHECK((*run.tasks.run(run.archive->frames(name, *again)))->frames.size() == 8);
}

TEST_CASE("a damaged recording is listed, and has no frames to give") {
  RunningArchive run;
  const auto name = run.add_listed(0);
  std::ofstream(run.recordings() / name) << "x";
  const auto open = run.tasks.run(run.archive->open(name));
  REQUIRE(open);
  CHECK(run.tasks.run(run.archive->frames(name, *open)).error().code == Errc::malformed);
  // And to have opened it shows that it has changed.
  run.wait_until([&] { return run.archive->index().find(name)->facts.damaged; });
}

TEST_CASE("many recordings are all listed, and all are told when they are gone") {
  RunningArchive run;
  for (int number = 0; number < 450; ++number)
    run.add(number);
  run.wait_until([&] { return run.archive->index().all().size() == 450; });
  for (const auto& recording : run.archive->index().all())
    CHECK(recording.facts.frames == 3);
}

namespace {

constexpr std::size_t kOfLateDisk = 250;

// Writes them beside the folder, which is not there yet.
void write_late_disk(const RunningArchive& run) {
  fs::create_directories(run.disk.path() / "late");
  for (std::size_t number = 0; number < kOfLateDisk; ++number) {
    const WallTime start = kBegin + static_cast<int>(number) * 600s;
    write_recording(run.disk.path() / "late", file_stamp(start) + ".mp4", start);
  }
}

std::size_t sum(const std::vector<std::size_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::size_t{0});
}

}  // namespace

TEST_CASE("of a disk that comes late, and goes, clients are told in parts that they can take") {
  RunningArchive run;
  write_late_disk(run);
  run.keeps_up = false;
  fs::rename(run.disk.path() / "late", run.recordings());
  run.wait_until([&] { return run.asked_to_go_on > 2; });
  CHECK(run.parts == std::vector<std::size_t>{Archive::kToldAtOnce});
  CHECK(run.archive->index().all().size() == kOfLateDisk);
  run.keeps_up = true;
  run.wait_until([&] { return sum(run.parts) == kOfLateDisk; });
  fs::rename(run.recordings(), run.disk.path() / "late");
  run.wait_until([&] { return sum(run.parts) == 2 * kOfLateDisk; });
  for (const auto part : run.parts)
    CHECK(part <= Archive::kToldAtOnce);
}

TEST_CASE("what the cache knows of a disk that comes late is told, too") {
  RunningArchive run;
  const auto name = run.add_listed(0);
  run.wait_until([&] { return fs::exists(run.disk.path() / "state/index.cache"); });
  run.stop();
  fs::rename(run.recordings(), run.disk.path() / "late");
  run.told.clear();
  run.start();
  fs::rename(run.disk.path() / "late", run.recordings());
  run.wait_until([&] { return run.archive->index().find(name) != nullptr; });
  run.wait_until([&] { return run.told == "+" + name + " "; });
}

TEST_CASE("while the disk does not say whether the folder is there the list stays") {
  RunningArchive run;
  const auto name = run.add_listed(0);
  run.wait_until([&] { return run.archive->is_whole(); });
  fs::rename(run.recordings(), run.disk.path() / "away");
  fs::create_symlink("recordings", run.recordings());  // it leads in a circle
  run.archive->look_again();
  run.wait_until([&] { return !run.archive->is_whole(); });
  CHECK(run.archive->index().find(name) != nullptr);
  fs::remove(run.recordings());
  fs::rename(run.disk.path() / "away", run.recordings());
  run.wait_until([&] { return run.archive->is_whole(); });
  CHECK(run.told == "+" + name + " ");
}

TEST_CASE("a disk that says nothing for long counts as away, and what it brings back is told") {
  RunningArchive run;
  run.stop();
  run.longest_silence = 100ms;
  const auto fall_silent = [&] { fs::create_symlink("recordings", run.recordings()); };
  fall_silent();
  run.start();  // which waits for complete()
  CHECK(run.archive->index().all().empty());
  CHECK_FALSE(run.archive->is_whole());
  fs::remove(run.recordings());
  const auto name = run.add_listed(0);
  run.wait_until([&] { return run.archive->is_whole(); });
  CHECK(run.told == "+" + name + " ");
  fs::rename(run.recordings(), run.disk.path() / "away");
  fall_silent();
  run.wait_until([&] { return run.archive->index().all().empty(); });
  CHECK_FALSE(run.archive->is_whole());
  fs::remove(run.recordings());
  fs::rename(run.disk.path() / "away", run.recordings());
  run.wait_until([&] { return run.archive->is_whole(); });
  CHECK(run.told == "+" + name + " -" + name + " +" + name + " ");
}

TEST_CASE("a disk whose error comes late counts as away by when it was asked") {
  RunningArchive run;
  run.stop();
  run.longest_silence = 5s;
  run.start();
  run.add_listed(0);
  run.wait_until([&] { return run.archive->is_whole(); });
  std::promise<void> answer;
  const auto answered = answer.get_future().share();
  for (std::size_t i = 0; i < RunningArchive::kThreads; ++i)
    net::post(run.pool, [answered] { answered.wait(); });
  fs::rename(run.recordings(), run.disk.path() / "away");
  fs::create_symlink("recordings", run.recordings());  // as above
  run.archive->look_again();
  run.tasks.run(sleep_for(run.longest_silence + 500ms));
  CHECK_FALSE(run.archive->index().all().empty());
  answer.set_value();
  const auto told = Steady::now();
  run.wait_until([&] { return run.archive->index().all().empty(); });
  CHECK(Steady::now() - told < run.longest_silence);
}

TEST_CASE("nobody waits for a disk that hangs from the start, and what it brings is told") {
  RunningArchive run;
  run.stop();
  std::promise<void> answer;  // behind what waits for it: a test that fails ends, too
  const auto answered = answer.get_future().share();
  const auto name = file_stamp(kBegin) + ".mp4";
  fs::create_directories(run.recordings());
  write_recording(run.recordings(), name, kBegin);
  run.longest_silence = 100ms;
  run.folder_gate = [answered](int) {
    answered.wait();
    return Result<>();
  };
  run.start();  // as above
  CHECK(run.archive->index().all().empty());
  CHECK_FALSE(run.archive->is_whole());
  answer.set_value();
  run.wait_until([&] { return run.archive->is_whole(); });
  CHECK(run.told == "+" + name + " ");
}

TEST_CASE("nobody waits for a folder that may not be opened, and once it may it is listed") {
  const AsNobody nobody;
  RunningArchive run;
  const auto name = run.add_listed(0);
  run.stop();
  run.longest_silence = 1h;
  fs::permissions(run.recordings(), fs::perms::none);
  run.start();  // as above
  CHECK(run.archive->index().all().empty());
  CHECK_FALSE(run.archive->is_whole());
  CHECK(run.archive->problem().starts_with("cannot open " + run.recordings().string()));
  fs::rename(run.recordings(), run.disk.path() / "away");
  run.wait_until([&] { return run.archive->problem().empty(); });
  fs::rename(run.disk.path() / "away", run.recordings());
  run.wait_until([&] { return !run.archive->problem().empty(); });
  fs::permissions(run.recordings(), fs::perms::owner_all);
  run.listed(name);
  run.wait_until([&] { return run.archive->is_whole(); });
  CHECK(run.archive->problem().empty());
}

TEST_CASE("a folder that does not list its files is not asked for them on and on") {
  const AsNobody nobody;
  std::atomic<int> asked = 0;  // whether it is there, or for its files
  RunningArchive run;
  const auto name = run.add_listed(0);
  run.stop();
  run.longest_silence = 100ms;
  run.folder_gate = [&asked](int) {
    ++asked;
    return Result<>();
  };
  fs::permissions(run.recordings(), fs::perms::owner_read);  // it opens, and nothing in it does
  run.start();                                               // as above
  CHECK(run.archive->index().all().empty());
  CHECK_FALSE(run.archive->is_whole());
  CHECK(run.archive->problem().starts_with("cannot read " + run.recordings().string()));
  constexpr int kLooks = 10;
  const int before = asked;
  for (int i = 0; i < kLooks; ++i) {
    const int until_now = asked;
    run.archive->look_again();
    run.wait_until([&] { return asked > until_now; });
    run.tasks.run(sleep_for(100ms));
  }
  CHECK(asked - before < kLooks * 3 / 2);
  // What comes there is worth a try.
  fs::permissions(run.recordings(), fs::perms::owner_all);
  run.add_listed(1);
  run.listed(name);
  run.wait_until([&] { return run.archive->is_whole(); });
  CHECK(run.archive->problem().empty());
}

TEST_CASE("notes that were written by hand are what is changed, and protect from a deletion") {
  RunningArchive run;
  const auto name = run.add_listed(1);
  REQUIRE(run.change(name, {{}, "a"}));
  // Into the same file: the folder does not say that it has changed.
  const auto write = [&](const std::string& text) {
    run.disk.write("recordings/" + sidecar_name(name), text);
  };
  write(R"({"protected":true,"note":"by hand"})");
  const auto changed = run.change(name, {{}, "b"});
  REQUIRE(changed);
  CHECK(changed->notes().is_protected);
  CHECK(changed->notes().note == "b");
  REQUIRE(run.change(name, {false, {}}));
  write(R"({"protected":true})");
  REQUIRE_FALSE(run.archive->index().find(name)->notes().is_protected);
  const auto refused = run.tasks.run(run.archive->remove(name));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::wrong_state);
  CHECK(refused.error().reason == Reason::is_protected);
  CHECK(fs::exists(run.recordings() / name));
  run.wait_until([&] { return run.archive->index().find(name)->notes().is_protected; });
}

TEST_CASE("what was deleted goes for good also when its disk was away meanwhile") {
  std::atomic<bool> is_there = true;
  RunningArchive run;
  run.stop();
  run.folder_gate = [&](int) {
    return is_there ? Result<>() : make_error(Errc::unavailable, "not mounted");
  };
  run.start();
  const auto name = run.add_listed(0);
  REQUIRE(run.tasks.run(run.archive->remove(name)));
  is_there = false;
  run.tasks.run(run.archive->empty_trash());
  CHECK(fs::exists(run.recordings() / ".trash" / name));
  is_there = true;
  run.tasks.run(run.archive->empty_trash());
  CHECK_FALSE(fs::exists(run.recordings() / ".trash" / name));
}

TEST_CASE("a recording that is copied in is whole once its copy is") {
  RunningArchive run;
  run.stop();
  run.between_file_looks = 10ms;
  run.start();
  const std::string name = file_stamp(kBegin) + ".mp4";
  const auto bytes = contents_of(write_recording(run.disk.path(), name, kBegin));
  fs::create_directories(run.recordings());
  run.disk.write("recordings/" + name, bytes.substr(0, 200));
  run.wait_until([&] {
    const auto* listed = run.archive->index().find(name);
    return listed != nullptr && listed->facts.damaged && listed->facts.stamp.bytes == 200;
  });
  // The look that follows a change has been, and a damaged file stays one of which no time tells.
  run.tasks.run(sleep_for(5s));
  std::ofstream(run.recordings() / name, std::ios::app | std::ios::binary) << bytes.substr(200);
  run.wait_until([&] { return !run.archive->index().find(name)->facts.damaged; });
  CHECK(run.archive->index().find(name)->facts.stamp.bytes == bytes.size());
}

TEST_CASE("notes that were empty when they were looked at are seen once they are written") {
  RunningArchive run;
  run.stop();
  run.between_file_looks = 10ms;
  run.start();
  const auto name = run.add_listed(1);
  fs::last_write_time(run.recordings() / name, fs::file_time_type::clock::now() - 1h);
  const auto sidecar = "recordings/" + sidecar_name(name);
  run.disk.write(sidecar, "");
  run.wait_until([&] { return run.archive->index().find(name)->notes_file().unreadable; });
  run.tasks.run(sleep_for(5s));  // as above
  run.disk.write(sidecar, R"({"note":"by hand"})");
  run.wait_until([&] { return run.archive->index().find(name)->notes().note == "by hand"; });
}

TEST_CASE("notes that were written by hand are seen after a while") {
  RunningArchive run;
  run.stop();
  run.between_file_looks = 10ms;
  run.start();
  const auto name = run.add_listed(1);
  REQUIRE(run.change(name, {{}, "a"}));
  run.disk.write("recordings/" + sidecar_name(name), R"({"note":"written by hand"})");
  run.wait_until(
      [&] { return run.archive->index().find(name)->notes().note == "written by hand"; });
}

TEST_CASE("a recording whose rights were mended is read soon, and at once when it is opened") {
  const AsNobody nobody;
  RunningArchive run;
  const bool is_opened = GENERATE(true, false);
  CAPTURE(is_opened);
  if (!is_opened) {
    run.stop();
    run.between_file_looks = 10ms;
    run.start();
  }
  const std::string name = file_stamp(kBegin) + ".mp4";
  const auto path = write_recording(run.disk.path(), name, kBegin);
  fs::permissions(path, fs::perms::none);
  fs::create_directories(run.recordings());
  fs::rename(path, run.recordings() / name);
  run.listed(name);
  REQUIRE(run.archive->index().find(name)->facts.damaged);
  run.tasks.run(sleep_for(5s));  // the look that follows a change has been
  fs::permissions(run.recordings() / name, fs::perms::owner_all);
  const auto mended = Steady::now();
  if (is_opened) REQUIRE(run.tasks.run(run.archive->open(name)));
  run.wait_until([&] { return !run.archive->index().find(name)->facts.damaged; });
  CHECK(Steady::now() - mended < RetryPause::kFirst / 2);
}
