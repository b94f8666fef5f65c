#include "capture/frame_clock.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::capture;
using namespace std::chrono_literals;

namespace {

const WallTime kWall = WallTime(1'795'000'000s);

// Arrives `seconds` after the machine was started; the raw clock is `raw_ahead` ahead.
FrameClock::Arrival arrival(double seconds, Steady::duration raw_ahead = 0s) {
  const auto since =
      std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  return {SteadyTime(since), raw_ahead,
          kWall + std::chrono::duration_cast<WallTime::duration>(since)};
}

double seconds_of(SteadyTime time) {
  return to_seconds(time.time_since_epoch());
}

}  // namespace

TEST_CASE("times of our own monotonic clock are taken as they are") {
  FrameClock clock;
  const auto times = clock.stamp(100.0, arrival(100.030));
  REQUIRE(times);
  CHECK(seconds_of(times->captured) == Approx(100.0));
  CHECK(times->wall == arrival(100.0).wall);
}

TEST_CASE(
    "times of the raw monotonic clock are moved by what the clocks differ, also as that drifts") {
  FrameClock clock;
  const auto first = clock.stamp(99.7, arrival(100.030, -300ms));
  CHECK(seconds_of(first->captured) == Approx(100.0));
  const auto later = clock.stamp(199.6, arrival(200.030, -400ms));
  CHECK(seconds_of(later->captured) == Approx(200.0));
}

TEST_CASE("between two clocks that fit, the one on which the frame is younger is the server's") {
  FrameClock clock;
  const auto times = clock.stamp(100.0, arrival(100.030, 500ms));
  CHECK(seconds_of(times->captured) == Approx(100.0));
}

TEST_CASE("frames that waited while the program stood still keep their times") {
  FrameClock clock;
  clock.stamp(99.97, arrival(100.0));
  for (int i = 0; i < 120; ++i) {
    const double captured = 100.0 + i / 30.0;
    CHECK(seconds_of(clock.stamp(captured, arrival(104.0 + i * 0.0001))->captured) ==
          Approx(captured).margin(1e-6));
  }
}

TEST_CASE("times of a foreign clock keep their distances") {
  FrameClock clock;
  const auto first = clock.stamp(1'000'000.000, arrival(50.010));
  const auto second = clock.stamp(1'000'000.040, arrival(50.090));
  CHECK(to_seconds(second->captured - first->captured) == Approx(0.040));
  CHECK(seconds_of(first->captured) == Approx(50.010));
}

TEST_CASE("a foreign clock that is set begins anew with the arrival") {
  FrameClock clock;
  clock.stamp(1'000'000.0, arrival(50.0));
  const auto after = clock.stamp(900'000.0, arrival(50.04));
  CHECK(seconds_of(after->captured) == Approx(50.04));
}

TEST_CASE("a stream without times gets its arrival times") {
  FrameClock clock;
  CHECK(seconds_of(clock.stamp(std::nullopt, arrival(7.5))->captured) == Approx(7.5));
}

TEST_CASE("the same frame again is none") {
  FrameClock clock;
  CHECK(clock.stamp(10.0, arrival(10.01)));
  CHECK_FALSE(clock.stamp(10.0, arrival(10.05)));
  CHECK(clock.stamp(10.04, arrival(10.05)));
}

TEST_CASE("times strictly increase, whatever the server says") {
  FrameClock clock;
  SteadyTime last{};
  for (const double source : {10.0, 9.99, 10.0, 10.00000001, 9.5, 10.2}) {
    const auto times = clock.stamp(source, arrival(10.3));
    REQUIRE(times);
    CHECK(times->captured > last);
    last = times->captured;
  }
}
