// The recorder's decisions when the disk stands still for a while.

#include "unit/recording/recorder_bench.hpp"

#include <optional>
#include <string>
#include <variant>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::recording;
using namespace std::chrono_literals;
using minidvr::test::RecorderBench;

namespace {

// How long an ffmpeg that does nothing any more lives on, with a disk whose every answer takes so
// long.
Steady::duration time_until_killed(RecorderBench& bench, Steady::duration answer) {
  const SteadyTime begin = bench.now;
  while (bench.now - begin < 300s) {
    for (const auto& action : bench.actions()) {
      if (std::holds_alternative<KillMuxer>(action)) return bench.now - begin;
      if (!std::holds_alternative<Follow>(action)) continue;
      bench.now += answer;
      bench.machine.followed({}, bench.now);
    }
    bench.now += 100ms;
  }
  FAIL("it is not killed");
  return {};
}

}  // namespace

TEST_CASE("ffmpeg that waits for the disk, too, is not killed for that, and later if it hangs") {
  RecorderBench bench;
  bench.begin();
  bench.frame();
  bench.only<Give>();
  bench.now += RecorderMachine::kFollowInterval;
  bench.only<Follow>();
  bench.now += 15s;
  bench.machine.followed({}, bench.now);
  bench.nothing();
  const auto time = time_until_killed(bench, 0s);
  CHECK(time > RecorderMachine::kHangLimit - 1s);
  CHECK(time < RecorderMachine::kHangLimit + 1s);
}

TEST_CASE("a disk that is always slow hides no ffmpeg that hangs") {
  RecorderBench bench;
  bench.begin();
  bench.frame();
  bench.only<Give>();
  CHECK(time_until_killed(bench, 4s) < 120s);
}

TEST_CASE("what ffmpeg wrote while the disk stood still counts, although nobody looked at it") {
  RecorderBench bench;
  bench.begin();
  bench.now += RecorderMachine::kFollowInterval;
  bench.only<Follow>();
  for (int i = 0; i < 9; ++i) {
    bench.now += 1s;
    bench.taken_frame();
  }
  bench.now += 3s;
  bench.machine.followed({1, 0, true, {}}, bench.now);
  bench.nothing();
  bench.now += RecorderMachine::kFollowInterval;
  const auto look = bench.only<Follow>();
  REQUIRE(look.waiting.size() == 10);
  bench.machine.followed({1, 9, look.sync, {}}, bench.now);
  bench.nothing();
}

TEST_CASE("a disk that hangs after a stop gets its time, and what waits is tried when it is back") {
  RecorderBench bench;
  const auto time =
      GENERATE(RecorderMachine::kGiveUpLimit - 1s, RecorderMachine::kGiveUpLimit + 10s);
  bench.machine.want(bench.now, true);
  bench.frame();
  bench.only<CreateSegment>();
  bench.machine.unwant(bench.now);
  bench.now += time;
  bench.nothing();
  CHECK_FALSE(bench.machine.idle());
  bench.machine.created(std::string("one"), bench.now);
  bench.only<StartMuxer>();
  bench.machine.muxer_started(bench.now);
  bench.only<Give>();
}

TEST_CASE(
    "what a disk refuses after it stood still since a stop is tried once more, not for ever") {
  RecorderBench bench;
  bench.machine.want(bench.now, true);
  bench.frame();
  bench.only<CreateSegment>();
  bench.machine.unwant(bench.now);
  const auto refuse = [&] {
    bench.now += RecorderMachine::kGiveUpLimit + 10s;
    bench.machine.created(make_error(Errc::unavailable, "I/O error"), bench.now);
  };
  refuse();
  bench.nothing();
  bench.now = bench.machine.wake_at();
  bench.only<CreateSegment>();
  refuse();
  const auto last = bench.actions();
  REQUIRE(last.size() == 2);
  CHECK(std::get<TellDropped>(last[0]).frames == 1);
  CHECK(std::holds_alternative<TellIdle>(last[1]));
}
