#include "recording/preroll.hpp"

#include "unit/recording/recorder_bench.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::recording;
using namespace std::chrono_literals;
using minidvr::test::RecorderBench;

namespace {

FramePtr frame_at(milliseconds captured, std::size_t bytes = 1000, unsigned width = 1280) {
  return test::frame(captured, RecorderBench::kWall + captured, width, 720, bytes);
}

std::vector<milliseconds> times_of(const std::deque<FramePtr>& frames) {
  std::vector<milliseconds> times;
  for (const auto& frame : frames)
    times.push_back(std::chrono::floor<milliseconds>(frame->captured - test::at(0s)));
  return times;
}

}  // namespace

TEST_CASE("so many seconds of frames are kept, counted from the newest") {
  Preroll preroll(1s, 1'000'000);
  for (const auto captured : {0ms, 400ms, 800ms, 1200ms, 1801ms})
    preroll.add(frame_at(captured));
  CHECK(preroll.bytes() == 2000);
  CHECK(times_of(preroll.take(1'000'000)) == std::vector{milliseconds(1200), milliseconds(1801)});
  CHECK(preroll.bytes() == 0);
  CHECK(preroll.take(1'000'000).empty());
}

TEST_CASE("no more memory is taken than is allowed, whatever the length") {
  Preroll preroll(60s, 3500);
  for (int i = 0; i < 100; ++i) {
    preroll.add(frame_at(milliseconds(i * 33)));
    REQUIRE(preroll.bytes() <= 3500);
  }
  CHECK(times_of(preroll.take(2500)) == std::vector{milliseconds(98 * 33), milliseconds(99 * 33)});
  preroll.add(frame_at(5s, 4000));
  CHECK(preroll.take(10'000).empty());
}

TEST_CASE("without a length nothing is kept") {
  Preroll preroll(0s, 1'000'000);
  preroll.add(frame_at(1s));
  CHECK(preroll.bytes() == 0);
}

TEST_CASE("what a picture of another size follows is forgotten") {
  Preroll preroll(5s, 1'000'000);
  preroll.add(frame_at(1s));
  preroll.add(frame_at(2s, 1000, 1920));
  CHECK(times_of(preroll.take(1'000'000)) == std::vector{milliseconds(2s)});
}

TEST_CASE("what came before the machine slept, or its clock was set, is forgotten") {
  const auto apart = GENERATE(std::chrono::milliseconds(10h), -1500ms, 1500ms);
  CAPTURE(apart.count());
  Preroll preroll(30s, 1'000'000);
  preroll.add(frame_at(1s));
  preroll.add(frame_at(2s));
  const auto behind = [apart](milliseconds captured) {
    return test::frame(captured, RecorderBench::kWall + captured + apart, 1280, 720, 1000);
  };
  preroll.add(behind(3s));
  preroll.add(behind(4s));
  CHECK(preroll.bytes() == 2000);
  CHECK(times_of(preroll.take(1'000'000)) == std::vector{milliseconds(3s), milliseconds(4s)});
}

TEST_CASE("a clock that is moved a little costs nothing of what came before") {
  Preroll preroll(30s, 1'000'000);
  preroll.add(frame_at(1s));
  preroll.add(test::frame(2s, RecorderBench::kWall + 2s + 900ms, 1280, 720, 1000));
  CHECK(preroll.bytes() == 2000);
}

TEST_CASE("a recording begins with what came just before it") {
  RecorderBench bench(1'000'000, 1s);
  for (int i = 0; i < 60; ++i)
    bench.frame();
  bench.nothing();
  CHECK(bench.machine.status(bench.now).buffered_frames == 0);
  CHECK(bench.machine.want(bench.now, true) == 31);  // 30 intervals of 33 ms
  const auto create = bench.only<CreateSegment>();
  CHECK(bench.now - create.first->captured == 30 * 33ms);
  CHECK(bench.machine.status(bench.now).gaps == 0);
  // Only once.
  bench.machine.unwant(bench.now);
  CHECK(bench.machine.want(bench.now, true) == 0);
}

TEST_CASE("what came before the camera was lost is no part of a recording that begins later") {
  RecorderBench bench(1'000'000, 5s);
  bench.frame();
  bench.machine.on_lost("unplugged");
  bench.frame();
  CHECK(bench.machine.want(bench.now, true) == 1);
}

TEST_CASE("what came before takes no room from what still waits for the disk") {
  RecorderBench bench(20'000, 60s);
  bench.machine.want(bench.now, true);
  for (int i = 0; i < 15; ++i)
    bench.frame();
  bench.machine.unwant(bench.now);
  for (int i = 0; i < 15; ++i)
    bench.frame();
  CHECK(bench.machine.want(bench.now, true) == 5);
  CHECK(bench.machine.status(bench.now).buffered_frames == 20);
  CHECK(bench.machine.dropped() == 0);
}
