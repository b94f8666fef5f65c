// What is no longer written and has not yet got its name.

#include "archive/archive.hpp"
#include "archive/frame_walk.hpp"
#include "unit/recording/recording_fixture.hpp"

#include <filesystem>
#include <functional>
#include <optional>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;
using namespace minidvr::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// A segment of 40 frames, all of them written but the last, and an archive that knows it.
struct FinishingSegment {
  FinishingSegment()
      : frames(some_frames(40)),
        segment(recording.create(frames.front())),
        name(segment->name() + ".mp4"),
        current_file(name),
        archive(recording.tasks.executor(), pool,
                {recording.folder.path(), state.path(),
                 [this] {
                   ++asked;
                   return current_file;
                 }}),
        running(recording.tasks.executor()) {
    recording.start_ffmpeg();
    recording.give(frames);
    recording.follow_until(*segment, frames, 39, false);  // ffmpeg keeps the last one back
    running.spawn("archive", archive.run());
    REQUIRE(recording.wait_until([this] { return archive.complete(); }));
  }
  ~FinishingSegment() {
    running.cancel();
    recording.tasks.run(running.join());
  }

  bool listed() const { return archive.index().find(name) != nullptr; }
  bool is_complete() const { return listed() && !archive.index().find(name)->being_written; }
  // Another one is written now, and the archive has looked.
  void move_on() {
    current_file = "20991124_101000.mp4";
    archive.look_again();
    int looks = 0;
    recording.wait_until([&] { return ++looks > 20; });
  }
  void finish() {
    CHECK(recording.finish_ffmpeg().empty());
    const auto samples = samples_of(frames);
    const std::span rest(samples);
    const auto closed = segment->close(recording::SegmentFile::Ending::trailer,
                                       {rest.subspan(39), frames.size(), bytes_in(frames)});
    REQUIRE(closed.file == name);
  }
  std::size_t left(Result<std::optional<WalkedRecording>> walked) {
    return walked && *walked ? (*walked)->left() : 0;
  }

  RecordingFixture recording;
  TemporaryFolder state;
  BlockingPool pool{2};
  std::vector<capture::FramePtr> frames;
  std::shared_ptr<recording::SegmentFile> segment;
  std::string name;
  std::string current_file;
  int asked = 0;  // what is being written
  Archive archive;
  TaskGroup running;
};

}  // namespace

TEST_CASE("between its last frame and its name a recording stays listed, and can be read") {
  FinishingSegment film;
  film.move_on();
  REQUIRE(film.listed());  // though nobody had asked for it while it was written
  CHECK_FALSE(film.is_complete());
  CHECK_FALSE(film.archive.in_use(film.name));  // the archive's own looks are no use
  const auto open = film.recording.tasks.run(film.archive.open(film.name));
  REQUIRE(open);
  REQUIRE(open->growing);
  CHECK(open->growing->frames.size() == 39);
  const auto removed = film.recording.tasks.run(film.archive.remove(film.name));
  CHECK(removed.error().code == Errc::wrong_state);
  CHECK(film.recording.tasks.run(film.archive.change(film.name, {true, {}})).has_value());
  film.finish();
  REQUIRE(film.recording.wait_until([&] { return film.is_complete(); }));
  CHECK(film.archive.index().find(film.name)->facts.frames == 40);
  CHECK(film.archive.index().find(film.name)->notes().is_protected);
}

TEST_CASE("a recording that does not get its name for long is looked at as seldom as all else") {
  FinishingSegment film;
  film.move_on();
  film.recording.tasks.run(sleep_for(Archive::kLongestFinish + 2s));
  const int before = film.asked;
  film.recording.tasks.run(sleep_for(6s));  // three looks; thirty while it may finish soon
  CHECK(film.asked - before < 15);
  CHECK(film.listed());
  film.finish();
  CHECK(film.recording.wait_until([&] { return film.is_complete(); }));
}

TEST_CASE("a recording that comes to nothing is no longer listed") {
  FinishingSegment film;
  film.move_on();
  CHECK(film.listed());
  film.recording.kill_ffmpeg();
  film.segment->close(recording::SegmentFile::Ending::nothing, {{}, 0, 0});
  CHECK(film.recording.wait_until([&] { return !film.listed(); }));
}

TEST_CASE("a walk over frames leaves none out between one that is not complete and the next") {
  FinishingSegment film;
  FrameWalk walk(film.archive, {WallTime(), std::nullopt, 1});
  CHECK(film.left(film.recording.tasks.run(walk.next())) == 39);
  film.move_on();
  // Its last frame is missing: what comes after it would not be next.
  CHECK(film.left(film.recording.tasks.run(walk.next())) == 0);
  film.finish();
  CHECK(film.left(film.recording.tasks.run(walk.next())) == 1);
  CHECK(film.left(film.recording.tasks.run(walk.next())) == 0);
}
