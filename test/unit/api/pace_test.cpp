#include "api/pace.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::api;
using namespace std::chrono_literals;

namespace {

const WallTime kFilmed = WallTime(1'795'516'200s);
const SteadyTime kShown = SteadyTime(1h);

}  // namespace

TEST_CASE("frames are due as far apart as they were captured, at that speed") {
  for (const double speed : {0.25, 1.0, 16.0}) {
    CAPTURE(speed);
    Pace pace(speed);
    CHECK(pace.next(kFilmed, true, kShown) == kShown);
    for (const auto later : {33ms, 66ms, 5000ms, 5033ms}) {
      const auto due = pace.next(kFilmed + later, false, kShown + 1min);
      CHECK(to_seconds(due - kShown) ==
            Approx(std::chrono::duration<double>(later).count() / speed));
    }
  }
}

TEST_CASE("between two recordings nobody waits for longer than a moment") {
  Pace pace(1);
  CHECK(pace.next(kFilmed, true, kShown) == kShown);
  CHECK(pace.next(kFilmed + 40ms, false, kShown) == kShown + 40ms);
  CHECK(pace.next(kFilmed + 440ms, true, kShown) == kShown + 440ms);
  CHECK(pace.next(kFilmed + 2h, true, kShown) == kShown + 1440ms);
  // The clock was set back.
  CHECK(pace.next(kFilmed + 1h, true, kShown) == kShown + 1440ms);
  CHECK(pace.next(kFilmed + 1h + 40ms, false, kShown) == kShown + 1480ms);
}

TEST_CASE("frames that are further apart than a moment stay so over a boundary") {
  Pace pace(1);
  CHECK(pace.next(kFilmed, true, kShown) == kShown);
  CHECK(pace.next(kFilmed + 10s, false, kShown) == kShown + 10s);
  CHECK(pace.next(kFilmed + 20s, true, kShown) == kShown + 20s);
  CHECK(pace.next(kFilmed + 1h, true, kShown) == kShown + 30s);
}
