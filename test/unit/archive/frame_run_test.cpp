#include "archive/frame_run.hpp"

#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;
using namespace std::chrono_literals;

namespace {

const WallTime kFirstCaptured = WallTime(1'795'516'200s + 123'456us);

// `count` frames, 40 ms apart.
mp4::FrameTable table_of(std::size_t count) {
  mp4::FrameTable table;
  for (std::size_t i = 0; i < count; ++i)
    table.frames.push_back({100, microseconds(i * 40'000)});
  return table;
}

}  // namespace

TEST_CASE("the frames of a stretch are those captured from its begin on and before its end") {
  std::uint64_t passed = 0;
  const auto table = table_of(10);
  const auto run = [&](WallTime from, std::optional<WallTime> to) {
    return run_in(table, kFirstCaptured, {from, to, 1}, passed);
  };
  CHECK(run(kFirstCaptured, kFirstCaptured + 400ms) == FrameRun{0, 10, 1});
  CHECK(run(kFirstCaptured, kFirstCaptured + 360ms) == FrameRun{0, 9, 1});
  CHECK(run(kFirstCaptured + 1us, kFirstCaptured + 361ms) == FrameRun{1, 10, 1});
  CHECK(run(kFirstCaptured - 1h, std::nullopt) == FrameRun{0, 10, 1});
  CHECK(run(kFirstCaptured + 80ms, kFirstCaptured + 120ms) == FrameRun{2, 3, 1});
  CHECK(run(kFirstCaptured + 41ms, kFirstCaptured + 79ms).empty());
  CHECK(run(kFirstCaptured + 361ms, std::nullopt).empty());
  CHECK(run(kFirstCaptured - 1h, kFirstCaptured).empty());
  CHECK(
      run_in(mp4::FrameTable{}, kFirstCaptured, {kFirstCaptured, std::nullopt, 1}, passed).empty());
}

TEST_CASE("each n-th frame is counted on from one recording to the next") {
  for (std::uint32_t every = 1; every <= 25; ++every) {
    CAPTURE(every);
    std::uint64_t passed = 0;
    std::size_t before = 0;
    std::vector<std::size_t> taken;
    for (const std::size_t count : {10U, 1U, 0U, 3U, 20U}) {
      const auto run =
          run_in(table_of(count), kFirstCaptured, {kFirstCaptured, std::nullopt, every}, passed);
      std::size_t in_run = 0;
      for (auto i = run.first; i < run.end; i += run.step, ++in_run)
        taken.push_back(before + i);
      CHECK(run.count() == in_run);
      before += count;
    }
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < before; i += every)
      expected.push_back(i);
    CHECK(taken == expected);
    CHECK(passed == before);
  }
}

TEST_CASE("what has grown goes on behind the frames that were taken") {
  std::uint64_t passed = 0;
  const Stretch stretch{kFirstCaptured, std::nullopt, 3};
  CHECK(run_in(table_of(4), kFirstCaptured, stretch, passed) == FrameRun{0, 4, 3});
  CHECK(run_in(table_of(4), kFirstCaptured, stretch, passed, 4).empty());
  CHECK(run_in(table_of(8), kFirstCaptured, stretch, passed, 4) == FrameRun{6, 8, 3});
}
