#include "archive/clip_times.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;
using namespace std::chrono_literals;

namespace {

const WallTime kCaptured = WallTime(1'795'516'200s + 123'456us);

}  // namespace

TEST_CASE("the times of a clip are those of capture, also over a boundary and a short hole") {
  ClipTimes times(std::nullopt);
  times.enter("a", kCaptured - 1s, kCaptured + 100ms);
  CHECK(times.next(kCaptured) == 0us);
  CHECK(times.next(kCaptured + 33'333us) == 33'333us);
  CHECK(times.next(kCaptured + 80ms) == 80ms);
  times.enter("b", kCaptured + 1100ms, kCaptured + 2s);
  CHECK(times.next(kCaptured + 1100ms) == 1100ms);
  CHECK(times.gaps().empty());
  CHECK(times.last_shown(33'333us, 1) == 33'333us);
  CHECK(times.last_shown(33'333us, 3) == 99'999us);
}

TEST_CASE("a hole longer than a second between two recordings is taken out, and told") {
  ClipTimes times(std::nullopt);
  times.enter("a", kCaptured, kCaptured + 100ms);
  CHECK(times.next(kCaptured) == 0us);
  CHECK(times.next(kCaptured + 60ms) == 60ms);
  times.enter("b", kCaptured + 1h, kCaptured + 1h + 5s);
  // The last frame is shown as long as it was.
  CHECK(times.next(kCaptured + 1h) == 100ms);
  CHECK(times.next(kCaptured + 1h + 40ms) == 140ms);
  // Within a recording nothing is taken out.
  CHECK(times.next(kCaptured + 1h + 4s) == 4100ms);
  times.enter("c", kCaptured + 2h, kCaptured + 3h);
  CHECK(times.next(kCaptured + 2h + 1s) == 6100ms);
  REQUIRE(times.gaps().size() == 2);
  CHECK(times.gaps()[0] == ClipGap{100ms, kCaptured + 100ms, kCaptured + 1h});
  CHECK(times.gaps()[1] == ClipGap{6100ms, kCaptured + 1h + 5s, kCaptured + 2h});
}

TEST_CASE("a recording that is entered again because it has grown has no hole") {
  ClipTimes times(std::nullopt);
  times.enter("a", kCaptured, kCaptured + 100ms);
  CHECK(times.next(kCaptured) == 0us);
  times.enter("a", kCaptured, kCaptured + 9s);
  CHECK(times.next(kCaptured + 5s) == 5s);
  times.enter("b", kCaptured + 9s, kCaptured + 10s);
  CHECK(times.next(kCaptured + 9s) == 9s);
  CHECK(times.gaps().empty());
}

TEST_CASE("where the clock was set back, or times are the same, a clip's times still grow") {
  ClipTimes times(std::nullopt);
  times.enter("a", kCaptured, kCaptured + 1s);
  CHECK(times.next(kCaptured) == 0us);
  CHECK(times.next(kCaptured) == 1us);
  CHECK(times.next(kCaptured + 960ms) == 960ms);
  times.enter("b", kCaptured - 10min, kCaptured);
  CHECK(times.next(kCaptured - 10min) == 1s);
  CHECK(times.next(kCaptured - 10min + 40ms) == 1040ms);
  REQUIRE(times.gaps().size() == 1);
  CHECK(times.gaps()[0] == ClipGap{1s, kCaptured + 1s, kCaptured - 10min});
}

TEST_CASE("a timelapse has one rate, whatever the times and holes") {
  ClipTimes times(30.0);
  times.enter("a", kCaptured, kCaptured + 1s);
  CHECK(times.next(kCaptured) == 0us);
  CHECK(times.next(kCaptured + 1s) == 33'333us);
  times.enter("b", kCaptured + 1h, kCaptured + 2h);
  CHECK(times.next(kCaptured + 1h) == 66'667us);
  CHECK(times.next(kCaptured + 2h) == 100ms);
  CHECK(times.gaps().empty());
  CHECK(times.last_shown(40ms, 300) == 33'333us);
}

TEST_CASE("of very many gaps only some are told, all are taken out") {
  ClipTimes times(std::nullopt);
  for (int i = 0; i < 500; ++i) {
    times.enter(std::to_string(i), kCaptured + i * 1h, kCaptured + i * 1h + 40ms);
    CHECK(times.next(kCaptured + i * 1h) == i * 40ms);
  }
  CHECK(times.gaps().size() == kMostGaps);
}
