// The recorder's decisions, one by one, while all is well. The simulation tries them in every
// order.

#include "recording/recorder.hpp"
#include "unit/recording/recorder_bench.hpp"

#include <optional>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::recording;
using namespace std::chrono_literals;
using minidvr::test::RecorderBench;
using Ending = SegmentFile::Ending;

TEST_CASE("a recording begins with its first frame: journal, ffmpeg, frame, file, news") {
  RecorderBench bench;
  bench.nothing();
  CHECK(bench.state() == RecorderState::idle);
  bench.machine.want(bench.now, true);
  bench.nothing();
  CHECK(bench.state() == RecorderState::starting);
  bench.frame();
  const auto create = bench.only<CreateSegment>();
  CHECK(create.number == 0);
  CHECK(create.reserve == 1000 * 32 + 4096);
  CHECK(create.why == SegmentPlan::Cut::first);
  bench.nothing();
  bench.machine.created(std::string("one"), bench.now);
  CHECK(bench.only<StartMuxer>().width == 1280);
  bench.machine.muxer_started(bench.now);
  bench.only<Give>();
  bench.machine.frame_taken(bench.now);
  // Until ffmpeg has its file nothing is being recorded, whatever it took.
  bench.now += RecorderMachine::kFirstFollowInterval;
  CHECK_FALSE(bench.only<Follow>().sync);
  bench.machine.followed({}, bench.now);
  bench.nothing();
  CHECK(bench.state() == RecorderState::starting);
  CHECK(bench.machine.current_file().empty());
  CHECK(bench.first_look().file == "one.mp4");
  CHECK(bench.state() == RecorderState::recording);
  CHECK(bench.machine.current_file() == "one.mp4");
}

TEST_CASE("of a camera that has just come, the rate that was asked of it is expected") {
  const capture::CameraMonitor camera;
  const auto rate = expected_rate(camera, 30, test::at(0s));
  CHECK(rate.fps == 30);
  CHECK(rate.interval == 33'333us);
}

TEST_CASE("a segment is cut by a jump of the times, when its journal is there") {
  RecorderBench bench;
  bench.begin();
  std::optional<CreateSegment> create;
  while (!create && bench.now < test::at(11s)) {
    bench.frame();
    for (auto& action : bench.actions()) {
      if (std::holds_alternative<Give>(action)) bench.machine.frame_taken(bench.now);
      if (auto* cut = std::get_if<CreateSegment>(&action)) create = *cut;
      if (const auto* look = std::get_if<Follow>(&action)) {
        bench.machine.followed({0, look->waiting.size(), look->sync, {}}, bench.now);
      }
    }
  }
  REQUIRE(create);
  CHECK(create->number == 1);
  CHECK(create->why == SegmentPlan::Cut::length);
  bench.frame();
  CHECK(bench.machine.current_file() == "one.mp4");
  bench.nothing();
  bench.machine.created(std::string("two"), bench.now);
  auto all = bench.actions();
  if (const auto* look = std::get_if<Follow>(&all.front())) {
    bench.machine.followed({0, look->waiting.size(), look->sync, {}}, bench.now);
    all.erase(all.begin());
  }
  REQUIRE(all.size() == 2);
  CHECK(std::get<Give>(all[0]).time == microseconds(RecorderMachine::kPeriod));
  CHECK(std::get<TellFile>(all[1]).file == "two.mp4");
  bench.machine.frame_taken(bench.now);
  CHECK(std::get<Give>(bench.actions().at(0)).time > microseconds(RecorderMachine::kPeriod));
  bench.machine.frame_taken(bench.now);
  // ffmpeg says that it has finished the first one.
  bench.machine.file_listed();
  const auto close = bench.only<CloseSegment>();
  CHECK(close.ending == Ending::trailer);
  bench.machine.closed({close.samples, "one.mp4", {}, false}, bench.now);
  CHECK(bench.machine.status(bench.now).segments == 1);
  CHECK(bench.machine.status(bench.now).frames == close.samples);
  CHECK(bench.machine.last_file() == "one.mp4");
}

TEST_CASE("recording is switched off: the input is closed, the segment too, then it is idle") {
  RecorderBench bench;
  bench.begin();
  bench.taken_frame();
  bench.machine.unwant(bench.now);
  CHECK(bench.state() == RecorderState::stopping);
  CHECK(bench.machine.current_file().empty());
  bench.only<CloseInput>();
  bench.machine.file_listed();
  bench.now += 50ms;
  const auto early = bench.only<CloseSegment>();  // it need not wait for ffmpeg's end
  CHECK(early.ending == Ending::trailer);
  bench.machine.muxer_ended("", bench.now);
  bench.nothing();
  bench.machine.closed({2, "one.mp4", {}, false}, bench.now);
  CHECK(bench.only<TellIdle>().last_file == "one.mp4");
  CHECK(bench.state() == RecorderState::idle);
  CHECK(bench.machine.status(bench.now).restarts == 0);
}

TEST_CASE("a start while stopping begins another file of the same ffmpeg, and is not told idle") {
  RecorderBench bench;
  bench.begin();
  bench.frame();
  CHECK(bench.actions().size() == 1);  // it is being taken
  bench.machine.unwant(bench.now);
  bench.nothing();
  bench.machine.want(bench.now, true);
  bench.machine.frame_taken(bench.now);
  bench.nothing();
  bench.frame();
  CHECK(bench.only<CreateSegment>().why == SegmentPlan::Cut::first);
  bench.machine.created(std::string("two"), bench.now);
  CHECK(bench.actions().size() == 2);
  CHECK(bench.machine.current_file() == "two.mp4");
}

TEST_CASE("a start and a stop without a frame between make no file") {
  RecorderBench bench;
  bench.machine.want(bench.now, true);
  bench.machine.unwant(bench.now);
  CHECK(bench.only<TellIdle>().last_file.empty());
}

TEST_CASE("a gap is counted after a pause that is long for the camera, not for a slow one") {
  const auto gaps_with = [](Steady::duration longest_pause) {
    RecorderBench bench;
    bench.machine.want(bench.now, true);
    for (const auto time : {0s, 3s, 6s}) {
      const auto frame = test::slow_frame(time, RecorderBench::kWall + time, longest_pause);
      bench.machine.on_frame(frame, test::at(time));
    }
    return bench.machine.status(test::at(6s)).gaps;
  };
  CHECK(gaps_with(2s) == 2);
  CHECK(gaps_with(9s) == 0);
}

TEST_CASE("another picture size takes another ffmpeg") {
  RecorderBench bench;
  bench.begin();
  bench.frame(1920);
  bench.only<CloseInput>();
  bench.machine.file_listed();
  bench.only<CloseSegment>();
  bench.machine.muxer_ended("", bench.now);
  bench.machine.closed({1, "one.mp4", {}, false}, bench.now);
  const auto create = bench.only<CreateSegment>();
  CHECK(create.number == 0);
  CHECK(create.first->width == 1920);
}

TEST_CASE("elapsed time is that of the recording, and stands still behind it") {
  RecorderBench bench;
  CHECK(bench.machine.status(bench.now).seconds == 0);
  bench.machine.want(bench.now, true);
  bench.now += 5s;
  CHECK(bench.machine.status(bench.now).seconds == 5);
  bench.machine.unwant(bench.now);
  bench.now += 5s;
  CHECK(bench.machine.status(bench.now).seconds == 5);
}
