// The recorder's decisions when ffmpeg, the disk or its folder are in trouble.

#include "unit/recording/recorder_bench.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::recording;
using namespace std::chrono_literals;
using minidvr::test::RecorderBench;
using Ending = SegmentFile::Ending;

namespace {

// Whether an ffmpeg that writes nothing is killed within a minute of `step`s, each of which takes
// some time.
template <class Step>
bool is_killed(RecorderBench& bench, Step step) {
  const SteadyTime begun = bench.now;
  bool killed = false;
  while (!killed && bench.now - begun < 60s) {
    step();
    for (const auto& action : bench.actions()) {
      if (std::holds_alternative<Follow>(action)) bench.machine.followed({}, bench.now);
      killed |= std::holds_alternative<KillMuxer>(action);
    }
  }
  return killed;
}

}  // namespace

TEST_CASE("ffmpeg dies: what it did not bring to the disk goes to the next one") {
  RecorderBench bench;
  bench.begin();
  for (int i = 0; i < 9; ++i)
    bench.taken_frame();
  bench.machine.muxer_ended("ffmpeg was killed by signal 9 (Killed)", bench.now);
  const auto close = bench.only<CloseSegment>();
  CHECK(close.ending == Ending::no_trailer);
  CHECK(close.waiting.size() == 10);
  CHECK(bench.state() == RecorderState::failed);
  CHECK(bench.detail() == "ffmpeg was killed by signal 9 (Killed)");
  bench.machine.closed({6, "one.mp4", {}, false}, bench.now);
  bench.nothing();
  bench.now = bench.machine.wake_at();
  const auto create = bench.only<CreateSegment>();
  CHECK(create.number == 0);
  bench.machine.created(std::string("two"), bench.now);
  bench.only<StartMuxer>();
  bench.machine.muxer_started(bench.now);
  bench.only<Give>();
  CHECK(bench.state() == RecorderState::failed);
  CHECK(bench.first_look().file == "two.mp4");
  CHECK(bench.state() == RecorderState::recording);
  const auto status = bench.machine.status(bench.now);
  CHECK(status.restarts == 1);
  CHECK(status.frames == 6);
  CHECK(status.buffered_frames == 4);
  CHECK(status.dropped_frames == 0);
}

TEST_CASE("totals go on where a recording's own counts begin again, and know why ffmpeg went") {
  const auto restarts = [](const RecorderBench& bench, MuxerFailure failure) {
    return bench.machine.totals().restarts[static_cast<std::size_t>(failure)];
  };
  RecorderBench bench;
  bench.begin();
  for (int i = 0; i < 9; ++i)
    bench.taken_frame();
  bench.machine.muxer_ended("ffmpeg was killed by signal 9 (Killed)", bench.now);
  bench.only<CloseSegment>();
  bench.machine.unwant(bench.now);
  bench.machine.closed({10, "one.mp4", {}, false}, bench.now);
  CHECK(bench.machine.totals().frames == 10);
  CHECK(bench.machine.totals().bytes == 10'000);
  CHECK(bench.machine.totals().segments == 1);
  bench.actions();
  REQUIRE(bench.machine.idle());

  bench.now += 60s;  // the next ffmpeg is not started at once
  bench.machine.want(bench.now, true);
  bench.frame();
  bench.only<CreateSegment>();
  bench.machine.created(std::string("two"), bench.now);
  bench.only<StartMuxer>();
  bench.machine.muxer_started(bench.now);
  CHECK(bench.machine.status(bench.now).frames == 0);
  CHECK(bench.machine.totals().frames == 10);
  CHECK(restarts(bench, MuxerFailure::ended) == 1);
  CHECK(restarts(bench, MuxerFailure::hung) == 0);
  bench.machine.on_lost("unplugged");
  CHECK(bench.machine.totals().gaps == 1);
}

TEST_CASE("a failed sync ends the segment at its last good one, and is told until one succeeds") {
  RecorderBench bench;
  bench.begin();
  for (int i = 0; i < 9; ++i)
    bench.taken_frame();
  bench.follow(5, false);
  bench.follow(0, true);
  CHECK(bench.machine.status(bench.now).frames == 5);
  bench.follow(3, false, "cannot sync one: I/O error");
  CHECK(bench.only<KillMuxer>().why == "cannot sync one: I/O error");
  CHECK(bench.machine.disk_problem() == "cannot sync one: I/O error");
  bench.machine.muxer_ended("ffmpeg was killed by signal 9 (Killed)", bench.now);
  CHECK(bench.only<CloseSegment>().ending == Ending::synced_only);
  bench.machine.closed({5, "one.mp4", {}, false}, bench.now);
  CHECK(bench.machine.status(bench.now).buffered_frames == 5);
  bench.now = bench.machine.wake_at();
  bench.only<CreateSegment>();
  bench.machine.created(std::string("two"), bench.now);
  bench.only<StartMuxer>();
  bench.machine.muxer_started(bench.now);
  bench.actions();
  for (int i = 0; i < 4; ++i) {
    bench.machine.frame_taken(bench.now);
    bench.only<Give>();
  }
  bench.machine.frame_taken(bench.now);
  bench.first_look();
  CHECK_FALSE(bench.machine.disk_problem().empty());
  bench.follow(4, false);
  bench.follow(0, true);
  CHECK(bench.machine.disk_problem().empty());
}

TEST_CASE("a trailer that failed is listed all the same: ffmpeg goes, the file gets our header") {
  RecorderBench bench;
  bench.begin();
  bench.taken_frame();
  bench.machine.on_lost("no frame for 2.0 s");
  CHECK(bench.state() == RecorderState::waiting_for_camera);
  bench.only<CloseInput>();
  bench.machine.file_listed();
  bench.only<CloseSegment>();
  bench.machine.closed({0, {}, "one.mp4: no moov", true}, bench.now);
  CHECK(bench.only<KillMuxer>().why == "one.mp4: no moov");
  bench.machine.muxer_ended("ffmpeg ended with status 1", bench.now);
  CHECK(bench.only<CloseSegment>().ending == Ending::no_trailer);
  bench.machine.closed({2, "one.mp4", {}, false}, bench.now);
  CHECK(bench.machine.status(bench.now).frames == 2);
  CHECK(bench.machine.status(bench.now).gaps == 1);
}

TEST_CASE("ffmpeg that takes nothing is given up; while the program ends, sooner") {
  RecorderBench bench;
  const bool in_hurry = GENERATE(false, true);
  bench.begin();
  bench.frame();
  bench.only<Give>();
  if (in_hurry) bench.machine.hurry(bench.now);
  const auto limit = in_hurry ? RecorderMachine::kHangLimitInHurry : RecorderMachine::kHangLimit;
  // The file is looked at meanwhile: it does not grow.
  const auto end = bench.now + limit;
  bool killed = false;
  while (!killed && bench.now < end + RecorderMachine::kFollowInterval) {
    bench.now += 100ms;
    for (const auto& action : bench.actions()) {
      if (std::holds_alternative<Follow>(action)) bench.machine.followed({}, bench.now);
      killed |= std::holds_alternative<KillMuxer>(action);
    }
  }
  CHECK(bench.now >= end);
  CHECK(bench.state() == RecorderState::failed);
  CHECK(bench.detail().starts_with("ffmpeg took nothing for"));
}

TEST_CASE("ffmpeg that does not end is given up, also when no frame has room to wait for it") {
  // Of the frames that come meanwhile none fits beside the one that ffmpeg has.
  const auto buffer = GENERATE(std::size_t{1'000'000}, std::size_t{1'500});
  RecorderBench bench(buffer);
  bench.begin();
  bench.machine.on_lost("unplugged");
  bench.only<CloseInput>();
  const SteadyTime closed = bench.now;
  CHECK(is_killed(bench, [&] { bench.frame(); }));
  CHECK(bench.now - closed < RecorderMachine::kHangLimit + 1s);
}

TEST_CASE("once all is saved a camera that is away is told, and no longer what failed before") {
  RecorderBench bench;
  bench.begin();
  bench.machine.on_lost("unplugged");
  bench.only<CloseInput>();
  CHECK(is_killed(bench, [&] { bench.now += 100ms; }));
  CHECK(bench.state() == RecorderState::failed);
  bench.machine.muxer_ended("ffmpeg was killed by signal 9 (Killed)", bench.now);
  bench.only<CloseSegment>();
  bench.machine.closed({1, "one.mp4", {}, false}, bench.now);
  bench.nothing();
  CHECK(bench.state() == RecorderState::waiting_for_camera);
  CHECK(bench.detail() == "unplugged");
}

TEST_CASE("a program that cannot be started is told, and tried again") {
  RecorderBench bench;
  bench.machine.want(bench.now, true);
  bench.frame();
  bench.only<CreateSegment>();
  bench.machine.created(std::string("one"), bench.now);
  bench.only<StartMuxer>();
  bench.machine.muxer_not_started("there is no program ffmpeg on PATH");
  CHECK(bench.only<CloseSegment>().ending == Ending::nothing);
  bench.machine.closed({}, bench.now);
  CHECK(bench.state() == RecorderState::failed);
  CHECK(bench.detail() == "there is no program ffmpeg on PATH");
  bench.nothing();
  bench.now = bench.machine.wake_at();
  bench.only<CreateSegment>();
}

TEST_CASE(
    "a folder that cannot be written is told and tried again; in a recording the file ends first") {
  RecorderBench bench;
  bench.machine.want(bench.now, true);
  bench.frame();
  bench.only<CreateSegment>();
  bench.machine.created(make_error(Errc::unavailable, "read-only"), bench.now);
  CHECK(bench.state() == RecorderState::failed);
  CHECK(bench.detail() == "read-only");
  bench.nothing();
  CHECK(bench.machine.wake_at() > bench.now);
  bench.now = bench.machine.wake_at();
  bench.only<CreateSegment>();
}

TEST_CASE("a full disk ends the file, keeps the newest frames, and goes on by itself") {
  RecorderBench bench;
  bench.begin();
  bench.machine.disk_full("the disk is full", bench.now);
  CHECK(bench.state() == RecorderState::failed);
  bench.only<CloseInput>();
  bench.frame();
  bench.nothing();
  bench.machine.file_listed();
  bench.only<CloseSegment>();
  bench.machine.closed({1, "one.mp4", {}, false}, bench.now);
  bench.machine.muxer_ended("", bench.now);
  bench.nothing();
  bench.machine.disk_full("", bench.now);
  CHECK(bench.state() != RecorderState::failed);
  bench.only<CreateSegment>();
}

TEST_CASE(
    "what a full disk cannot take when recording is switched off is dropped, counted and told") {
  RecorderBench bench;
  bench.machine.want(bench.now, true);
  bench.machine.disk_full("the disk is full", bench.now);
  bench.frame();
  bench.nothing();
  bench.machine.unwant(bench.now);
  const auto all = bench.actions();
  REQUIRE(all.size() == 2);
  CHECK(std::get<TellDropped>(all[0]).frames == 1);
  CHECK(std::get<TellDropped>(all[0]).why == "the disk is full");
  CHECK(std::holds_alternative<TellIdle>(all[1]));
  CHECK(bench.machine.status(bench.now).dropped_frames == 1);
  CHECK(bench.machine.last_drop() == bench.now);
}

TEST_CASE("what ffmpeg or the folder refuses once more after a stop is given up soon") {
  const std::string obstacle = GENERATE(as<std::string>{}, "no folder", "no ffmpeg", "it ends");
  CAPTURE(obstacle);
  RecorderBench bench;
  const auto try_once = [&] {
    bench.only<CreateSegment>();
    if (obstacle == "no folder") {
      bench.machine.created(make_error(Errc::unavailable, obstacle), bench.now);
      return;
    }
    bench.machine.created(std::string("one"), bench.now);
    bench.only<StartMuxer>();
    if (obstacle == "no ffmpeg") {
      bench.machine.muxer_not_started(obstacle);
    } else {
      bench.machine.muxer_started(bench.now);
      bench.only<Give>();
      bench.machine.muxer_ended(obstacle, bench.now);
    }
    bench.only<CloseSegment>();
    bench.machine.closed({}, bench.now);
  };
  bench.machine.want(bench.now, true);
  bench.frame();
  // It has been so for long: tries are rare.
  for (int i = 0; i < 8; ++i) {
    try_once();
    bench.nothing();
    bench.now = bench.machine.wake_at();
  }
  try_once();
  const SteadyTime stopped = bench.now;
  bench.machine.unwant(stopped);
  try_once();
  bench.nothing();  // one refusal may be bad luck
  bench.now = bench.machine.wake_at();
  const auto last = bench.actions();
  CHECK(bench.now - stopped == RecorderMachine::kRefusalLimit);
  REQUIRE(last.size() == 2);
  CHECK(std::get<TellDropped>(last[0]).frames == 1);
  CHECK(std::get<TellDropped>(last[0]).why == obstacle);
  CHECK(std::holds_alternative<TellIdle>(last[1]));
  CHECK(bench.machine.idle());
}

TEST_CASE("a segment begins with the frame that it was made for, however long that takes") {
  RecorderBench bench(5'000);  // five frames
  bench.machine.want(bench.now, true);
  bench.frame();
  const auto create = bench.only<CreateSegment>();
  for (int i = 0; i < 100; ++i)
    bench.frame();
  CHECK(bench.only<TellDropped>().frames == 96);
  bench.machine.created(std::string("one"), bench.now);
  bench.only<StartMuxer>();
  bench.machine.muxer_started(bench.now);
  const auto then = bench.actions();
  REQUIRE(then.size() == 2);
  const auto& give = std::get<Give>(then[0]);
  CHECK(give.frame == create.first);
  CHECK(give.time == 0us);
  // The hole is where it is, and not at the end of the file.
  const auto& behind = std::get<CreateSegment>(then[1]);
  CHECK(behind.why == SegmentPlan::Cut::gap);
  CHECK(behind.first->captured - create.first->captured > 3s);
}

TEST_CASE("an ffmpeg is not killed for what held the frames back before it was there") {
  const std::string obstacle =
      GENERATE(as<std::string>{}, "full disk", "no folder", "slow folder", "no ffmpeg");
  CAPTURE(obstacle);
  RecorderBench bench;
  bench.machine.want(bench.now, true);
  if (obstacle == "full disk") bench.machine.disk_full(obstacle, bench.now);
  // Longer than it takes to find out that an ffmpeg hangs.
  const SteadyTime ends = bench.now + RecorderMachine::kHangLimit + 5s;
  const auto in_the_way = [&](const std::string& what) {
    return bench.now < ends && obstacle == what;
  };
  std::optional<CreateSegment> creating;
  const auto create = [&] {
    if (in_the_way("slow folder")) return;
    if (in_the_way("no folder")) {
      bench.machine.created(make_error(Errc::unavailable, obstacle), bench.now);
    } else {
      bench.machine.created(std::to_string(creating->number), bench.now);
      if (creating->number > 0) bench.machine.file_listed();
    }
    creating.reset();
  };
  while (bench.now < ends + 20s) {
    if (bench.now >= ends && obstacle == "full disk") bench.machine.disk_full("", bench.now);
    if (creating) create();
    bench.now += 33ms;
    const auto since = std::chrono::floor<microseconds>(bench.now - test::at(0s));
    bench.machine.on_frame(test::frame(since, RecorderBench::kWall + since, 1280, 720, 1000),
                           bench.now);
    for (auto action = bench.machine.next(bench.now); action;
         action = bench.machine.next(bench.now)) {
      REQUIRE_FALSE(std::holds_alternative<KillMuxer>(*action));
      if (const auto* what = std::get_if<CreateSegment>(&*action)) {
        creating = *what;
        create();
      } else if (std::holds_alternative<StartMuxer>(*action)) {
        if (in_the_way("no ffmpeg")) {
          bench.machine.muxer_not_started(obstacle);
        } else {
          bench.machine.muxer_started(bench.now);
        }
      } else if (std::holds_alternative<Give>(*action)) {
        bench.machine.frame_taken(bench.now);
      } else if (const auto* follow = std::get_if<Follow>(&*action)) {
        bench.machine.followed({1, follow->waiting.size() - 1, follow->sync, {}}, bench.now);
      } else if (const auto* close = std::get_if<CloseSegment>(&*action)) {
        const bool written = close->ending == SegmentFile::Ending::trailer;
        const std::string file = written ? "x.mp4" : "";
        bench.machine.closed({written ? close->samples : 0, file, {}, false}, bench.now);
      }
    }
  }
  CHECK(bench.state() == RecorderState::recording);
  CHECK(bench.machine.status(bench.now).frames > 400);
  CHECK(bench.machine.status(bench.now).buffered_frames < 40);
}

TEST_CASE("losses are told at most once a minute") {
  RecorderBench bench(1000);
  bench.machine.want(bench.now, true);
  bench.machine.disk_full("the disk is full", bench.now);
  std::vector<std::uint64_t> told;
  for (int i = 0; i < 3 * 60 * 30; ++i) {
    bench.now += 33ms;
    const auto since = std::chrono::floor<microseconds>(bench.now - test::at(0s));
    bench.machine.on_frame(test::frame(since, RecorderBench::kWall, 1280, 720, 900), bench.now);
    for (const auto& action : bench.actions())
      told.push_back(std::get<TellDropped>(action).frames);
  }
  CHECK(told.size() == 3);
  CHECK(*bench.machine.last_drop() == bench.now);
}

TEST_CASE("who ends the program waits no longer because a slow disk takes a little now and then") {
  RecorderBench bench;
  bench.begin();
  for (int i = 0; i < 9; ++i)
    bench.taken_frame();
  const bool in_hurry = GENERATE(false, true);
  const SteadyTime stopped = bench.now;
  bench.machine.unwant(stopped);
  if (in_hurry) bench.machine.hurry(stopped);
  std::optional<SteadyTime> killed;
  while (!killed && bench.now - stopped < 10s) {
    for (const auto& action : bench.actions()) {
      if (const auto* look = std::get_if<Follow>(&action))
        bench.machine.followed({1, std::min<std::size_t>(look->waiting.size(), 1), true, {}},
                               bench.now);
      if (std::holds_alternative<KillMuxer>(action)) killed = bench.now;
    }
    bench.now += 100ms;
  }
  CHECK(killed.has_value() == in_hurry);
  if (!killed) return;
  CHECK(*killed - stopped >= RecorderMachine::kGiveUpLimitInHurry);
  CHECK(*killed - stopped <= RecorderMachine::kGiveUpLimitInHurry + 1s);
  const auto safe = bench.machine.status(bench.now).frames;
  bench.machine.muxer_ended("ffmpeg was killed by signal 9 (Killed)", bench.now);
  bench.only<CloseSegment>();
  bench.machine.closed({safe, "one.mp4", {}, false}, bench.now);
  const auto all = bench.actions();
  REQUIRE(all.size() == 2);
  CHECK(std::get<TellDropped>(all[0]).frames == 10 - safe);
  CHECK(std::holds_alternative<TellIdle>(all[1]));
}

TEST_CASE("what no file holds when the program ends is counted and told") {
  RecorderBench bench;
  bench.begin();
  for (int i = 0; i < 9; ++i)
    bench.taken_frame();
  bench.follow(5, false);
  bench.machine.unwant(bench.now);
  bench.machine.hurry(bench.now);
  bench.only<CloseInput>();
  CHECK(bench.machine.only_written() == 5);
  bench.machine.end_here(bench.now);
  CHECK(bench.only<TellDropped>().frames == 5);
  CHECK(bench.machine.dropped() == 5);
  // Whatever comes of the rest: it is not counted twice.
  bench.machine.muxer_ended("ffmpeg was killed by signal 9 (Killed)", bench.now);
  bench.now += 60s;
  bench.nothing();
  CHECK(bench.machine.dropped() == 5);
}

TEST_CASE("frames that wait too long for their sync are told, those of a slow camera do not") {
  RecorderBench bench(1'000'000, 20s);
  CHECK(bench.machine.unsynced(bench.now) == 0s);
  for (int i = 0; i < 300; ++i)
    bench.frame();
  bench.machine.want(bench.now, true);
  CHECK(bench.machine.unsynced(bench.now) == 0s);  // what came before waits since now
  bench.now += 3s;
  CHECK(bench.machine.unsynced(bench.now) == 3s);

  RecorderBench slow;
  slow.machine.want(slow.now, true);
  const auto one = test::slow_frame(0s, RecorderBench::kWall, 60s);
  slow.machine.on_frame(one, slow.now);
  slow.now += 20s;
  CHECK(slow.machine.unsynced(slow.now) == 0s);  // ffmpeg keeps it back
  slow.machine.on_frame(test::slow_frame(20s, RecorderBench::kWall + 20s, 60s), slow.now);
  slow.now += 1s;
  CHECK(slow.machine.unsynced(slow.now) == 1s);
}

TEST_CASE("that the folder was gone is over when it is there again, also without a recording") {
  const bool is_gone = GENERATE(false, true);
  CAPTURE(is_gone);
  RecorderBench bench;
  bench.begin();
  bench.taken_frame();
  bench.now += RecorderMachine::kFollowInterval;
  bench.only<Follow>();
  const std::string problem = is_gone ? "/rec is not there any more" : "cannot sync: I/O error";
  bench.machine.followed({0, 0, false, problem, is_gone}, bench.now);
  bench.only<KillMuxer>();
  bench.machine.muxer_ended("ffmpeg was killed by signal 9 (Killed)", bench.now);
  bench.only<CloseSegment>();
  bench.machine.closed({0, {}, problem, false, is_gone}, bench.now);
  bench.machine.disk_full("full", bench.now);
  bench.machine.unwant(bench.now);
  bench.actions();
  bench.machine.folder_is_there();
  REQUIRE(bench.machine.idle());
  CHECK(bench.machine.disk_problem() == (is_gone ? "" : problem));
}
