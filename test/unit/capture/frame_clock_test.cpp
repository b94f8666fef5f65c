#include "capture/frame_clock.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

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
          kWall + std::chrono::duration_cast<WallTime::duration>(since), 0};
}

// Times given to `count` frames, `interval` apart from `from` on, told by a clock that shows
// `told(time)`, each 10 ms on its way.
template <class Told>
std::vector<double> stamped(FrameClock& clock, double from, int count, double interval, Told told) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const double captured = from + i * interval;
    times.push_back(to_seconds(
        clock.stamp(told(captured), arrival(captured + 0.010)).captured.time_since_epoch()));
  }
  return times;
}

// The shortest and the longest distance of neighbours.
std::pair<double, double> distances(const std::vector<double>& times) {
  std::pair<double, double> result{1e9, 0};
  for (std::size_t i = 1; i < times.size(); ++i) {
    result.first = std::min(result.first, times[i] - times[i - 1]);
    result.second = std::max(result.second, times[i] - times[i - 1]);
  }
  return result;
}

double seconds_of(SteadyTime time) {
  return to_seconds(time.time_since_epoch());
}

}  // namespace

TEST_CASE("times of our own monotonic clock are taken as they are") {
  FrameClock clock;
  const auto times = clock.stamp(100.0, arrival(100.030));
  CHECK(seconds_of(times.captured) == Approx(100.0));
  CHECK(times.wall == arrival(100.0).wall);
}

TEST_CASE(
    "times of the raw monotonic clock are moved by what the clocks differ, also as that drifts") {
  FrameClock clock;
  const auto first = clock.stamp(99.7, arrival(100.030, -300ms));
  CHECK(seconds_of(first.captured) == Approx(100.0));
  const auto later = clock.stamp(199.6, arrival(200.030, -400ms));
  CHECK(seconds_of(later.captured) == Approx(200.0));
}

TEST_CASE("between two clocks that fit, the one on which the frame is younger is the server's") {
  FrameClock clock;
  const auto times = clock.stamp(100.0, arrival(100.030, 500ms));
  CHECK(seconds_of(times.captured) == Approx(100.0));
}

TEST_CASE("frames that waited while the program stood still keep their times") {
  FrameClock clock;
  clock.stamp(99.97, arrival(100.0));
  for (int i = 0; i < 120; ++i) {
    const double captured = 100.0 + i / 30.0;
    CHECK(seconds_of(clock.stamp(captured, arrival(104.0 + i * 0.0001)).captured) ==
          Approx(captured).margin(1e-6));
  }
}

TEST_CASE("what our own source stamps late in a stall of the machine is no clock that was set") {
  // Its camera keeps four pictures, which come in one read, or each in one of its own.
  const auto together = GENERATE(std::size_t{1}, std::size_t{4});
  constexpr double kInterval = 1.0 / 30;
  FrameClock clock(true);
  stamped(clock, 100.0, 60, kInterval, [](double time) { return time; });
  for (std::size_t i = 0; i < 4; ++i) {
    const double stamped_at = 102.150 + 0.001 * static_cast<double>(i);
    auto when = arrival(together == 1 ? stamped_at + 0.010 : 102.170);
    when.behind = together == 1 ? 0 : 3 - i;
    const double time = seconds_of(clock.stamp(stamped_at, when).captured);
    CHECK(time <= stamped_at + 1e-6);
    CHECK(time >= stamped_at - kInterval / 2 - 1e-6);
  }
  double from = 102.183;
  for (const double time :
       stamped(clock, from, 90, kInterval, [](double captured) { return captured; })) {
    CHECK(time == Approx(from).margin(0.001));
    from += kInterval;
  }
}

TEST_CASE("frames of our own source that are all late for seconds leave its clock what it is") {
  // On a machine that is too busy for seconds no frame of a whole window is on its way for less.
  const auto way = GENERATE(0.2, 2.5);
  FrameClock clock(true);
  double captured = 100.0;
  const auto check = [&](int frames, double on_its_way) {
    for (int i = 0; i < frames; ++i) {
      captured += 1.0 / 30;
      const auto times = clock.stamp(captured, arrival(captured + on_its_way));
      REQUIRE(seconds_of(times.captured) == Approx(captured).margin(1e-5));
    }
  };
  SECTION("while it delivers") {
    check(150, 0.010);
    check(300, way);
    check(300, 0.010);
  }
  SECTION("from its first frame on") {
    check(300, way);
    check(300, 0.010);
  }
}

TEST_CASE("times of a foreign clock keep their distances") {
  FrameClock clock;
  const auto first = clock.stamp(1'000'000.000, arrival(50.010));
  const auto second = clock.stamp(1'000'000.040, arrival(50.090));
  CHECK(to_seconds(second.captured - first.captured) == Approx(0.040));
  CHECK(seconds_of(first.captured) == Approx(50.010));
}

TEST_CASE("a foreign clock that is set begins anew with the arrival") {
  FrameClock clock;
  clock.stamp(1'000'000.0, arrival(50.0));
  const auto after = clock.stamp(900'000.0, arrival(50.04));
  CHECK(seconds_of(after.captured) == Approx(50.04));
}

TEST_CASE("a stream without times gets its arrival times") {
  FrameClock clock;
  CHECK(seconds_of(clock.stamp(std::nullopt, arrival(7.5)).captured) == Approx(7.5));
}

TEST_CASE("a clock that was mistaken for another one with the same time is found out, gently") {
  // After boot the raw clock is 3 ms ahead; it drifts by 100 ppm: 1 s in 10,000 s.
  const double drift = GENERATE(1e-4, -1e-4);
  CAPTURE(drift);
  FrameClock clock;
  const auto raw_ahead = [&](double time) { return 0.003 + (time - 100) * drift; };
  std::vector<double> times;
  double captured = 100;
  for (int i = 0; i < 20'000; ++i) {
    captured = 100 + i * 0.5;
    const auto ahead = std::chrono::duration_cast<Steady::duration>(
        std::chrono::duration<double>(raw_ahead(captured)));
    times.push_back(seconds_of(
        clock.stamp(captured + raw_ahead(captured), arrival(captured + 0.020, ahead)).captured));
  }
  CHECK(distances(times).first > 0.48);
  CHECK(distances(times).second < 0.52);
  CHECK(times.back() == Approx(captured).margin(0.001));
}

TEST_CASE("a foreign clock that runs fast or slow is followed, without a jump") {
  const double rate = GENERATE(0.99, 0.999, 1.0001, 1.01);
  const double ahead = GENERATE(1e6, 0.05);  // far away, or close to ours
  CAPTURE(rate, ahead);
  FrameClock clock;
  const auto times =
      stamped(clock, 50, 30 * 600, 1.0 / 30, [&](double time) { return time * rate + ahead; });
  CHECK(distances(times).first > 0.97 / 30);
  CHECK(distances(times).second < 1.03 / 30);
  CHECK(times.back() == Approx(50 + (30 * 600 - 1) / 30.0).margin(0.1));
}

TEST_CASE("a clock at another pace than ours is not followed for long") {
  for (const double pace : {0.001, 0.5, 0.9, 0.95, 1.1, 1.5, 2.0}) {
    CAPTURE(pace);
    FrameClock clock;
    const auto times =
        stamped(clock, 1000, 6000, 0.1, [&](double time) { return 5e6 + (time - 1000) * pace; });
    for (std::size_t i = 5000; i < times.size(); ++i) {
      CAPTURE(i);
      const double true_time = 1000 + static_cast<double>(i) * 0.1;
      REQUIRE(std::abs(times[i] - true_time) < 1);
    }
    CHECK(distances({times.begin() + 5000, times.end()}).first > 0.04);
    CHECK_FALSE(clock.has_times());
    clock.on_lost();
    clock.stamp(1'000'000.0, arrival(2000));
    CHECK(clock.has_times());
  }
}

TEST_CASE("pictures that wait on their way for ten seconds are no clock at another pace") {
  FrameClock clock;
  std::vector<double> times;
  for (int i = 0; i < 1200; ++i) {
    const double captured = 1000 + i * 0.1;
    // A link that is too weak for half a minute, and then makes up for it.
    const double late = std::clamp(std::min(i * 0.03, (900 - i) * 0.02), 0.0, 9.0);
    times.push_back(
        seconds_of(clock.stamp(captured + 5e6, arrival(captured + 0.010 + late)).captured));
  }
  CHECK(clock.has_times());
  CHECK(distances(times).first > 0.09);
  CHECK(distances(times).second < 0.11);
}

TEST_CASE("a foreign clock that is set collapses no frames and tears no hole") {
  const double step = GENERATE(0.05, 1.5, 3600.0, -0.01, -0.05, -1.5, -3600.0);
  CAPTURE(step);
  FrameClock clock;
  auto told = [&](double time) { return 1e6 + time + (time < 60.01 ? 0 : step); };
  const auto times = stamped(clock, 50, 600, 1.0 / 30, told);
  CHECK(distances(times).first > 0.5 / 30);
  CHECK(distances(times).second < 1.5 / 30);
}

namespace {

// A camera of 30 fps whose clock steps: every `every` frames by each of `steps` in turn.
struct SteppingClock {
  double ahead;  // of ours, seconds
  std::vector<double> steps;
  int every;
  std::size_t together;  // frames that are read at once
};

constexpr double kSteppingInterval = 1.0 / 30;
constexpr int kSteppingFrames = 900;

// The error of each frame's time, seconds: the truth is known to the test alone.
std::vector<double> errors_of(const SteppingClock& source) {
  constexpr int kFirst = 60;
  constexpr int kLast = 600;
  FrameClock clock;
  std::vector<double> errors;
  double ahead = source.ahead;
  std::size_t stepped = 0;
  for (int i = 0; i < kSteppingFrames; ++i) {
    if (i >= kFirst && i < kLast && i % source.every == 0) {
      ahead += source.steps[stepped++ % source.steps.size()];
    }
    const double captured = 1000 + i * kSteppingInterval;
    const auto at = static_cast<std::size_t>(i) % source.together;
    const auto behind = source.together - 1 - at;
    auto came = arrival(captured + static_cast<double>(behind) * kSteppingInterval + 0.010);
    came.behind = behind;
    errors.push_back(seconds_of(clock.stamp(captured + ahead, came).captured) - captured);
  }
  return errors;
}

}  // namespace

TEST_CASE("a clock that steps crowds no frames, tears no hole, and its times recover") {
  const auto together = GENERATE(1U, 2U, 4U, 30U);
  const auto ahead = GENERATE(0.0, 1e9);
  const auto every = GENERATE(1, 7, 45, 1000, 300);
  const auto steps = GENERATE(values<std::vector<double>>({{1.5},
                                                           {-1.5},
                                                           {0.3},
                                                           {-0.3},
                                                           {3600},
                                                           {-3600},
                                                           {1.5, -1.5},
                                                           {-0.3, 0.3},
                                                           {3600, -3600},
                                                           {1.5, -0.3, -3600, 0.3}}));
  CAPTURE(together, ahead, every, steps);
  const auto errors = errors_of({ahead, steps, every, together});
  // 2 % are made up for at the most.
  constexpr double kHalf = kSteppingInterval * 0.52;
  for (std::size_t i = 1; i < errors.size(); ++i) {
    CAPTURE(i);
    // A neighbour is between half an interval and one and a half away.
    REQUIRE(std::abs(errors[i] - errors[i - 1]) <= kHalf);
  }
  CHECK(std::abs(errors.back() - errors[50]) <= kHalf);
}

TEST_CASE("frames of a foreign clock that waited for this program keep their distances") {
  FrameClock clock;
  stamped(clock, 50, 100, 0.04, [](double time) { return 1e6 + time; });
  SteadyTime last{};
  for (int i = 0; i < 125; ++i) {
    auto when = arrival(59.0 + 0.001 * (i / 25));
    when.behind = static_cast<std::size_t>(24 - i % 25);
    const auto captured = clock.stamp(1e6 + 54.0 + i * 0.04, when).captured;
    if (i > 0) CHECK(to_seconds(captured - last) == Approx(0.04).margin(0.001));
    last = captured;
  }
}

TEST_CASE("times that do not move with the pictures say nothing") {
  SECTION("none ever moves") {
    FrameClock clock;
    const auto times = stamped(clock, 10, 100, 0.04, [](double) { return 0.0; });
    CHECK_FALSE(clock.has_times());
    CHECK(distances(times).first == Approx(0.04).margin(1e-5));
    CHECK(distances(times).second == Approx(0.04).margin(1e-5));
  }
  SECTION("they move once a second") {
    FrameClock clock;
    // The first second may pass for one of our clocks.
    stamped(clock, 10.3, 3, 0.04, [](double t) { return std::floor(t); });
    const auto times = stamped(clock, 10.42, 1000, 0.04, [](double t) { return std::floor(t); });
    CHECK_FALSE(clock.has_times());
    CHECK(distances(times).first > 0.02);
    CHECK(distances(times).second < 0.06);
  }
  SECTION("a single one is missing its own") {
    FrameClock clock;
    const auto told = [](double t) { return t > 11.99 && t < 12.01 ? t - 0.04 : t; };
    const auto times = stamped(clock, 10, 100, 0.04, told);
    CHECK(clock.has_times());
    CHECK(distances(times).first > 0.0399);
    CHECK(distances(times).second < 0.0401);
  }
}

TEST_CASE("times that come and go leave no hole") {
  FrameClock clock;
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    const double captured = 10 + i * 0.04;
    const bool told = i / 10 % 2 == 0;
    times.push_back(seconds_of(
        clock.stamp(told ? std::optional(captured) : std::nullopt, arrival(captured + 0.015))
            .captured));
  }
  CHECK(distances(times).first > 0.02);
  CHECK(distances(times).second < 0.06);
}

TEST_CASE("a picture that is old when the stream begins makes no foreign clock") {
  FrameClock clock;
  clock.stamp(40.0, arrival(100.0));  // ustreamer's newest, of a camera that hung for a minute
  const auto times = stamped(clock, 100.03, 300, 1.0 / 30, [](double time) { return time; });
  CHECK(distances(times).first > 0.5 / 30);
  CHECK(times.back() == Approx(100.03 + 299 / 30.0).margin(0.001));
}

TEST_CASE("frames without times that come together are spread over the time before") {
  FrameClock clock;
  auto when = arrival(10);
  SECTION("when nothing is known yet") {
    std::vector<double> times;
    for (when.behind = 50; when.behind-- > 0;)
      times.push_back(seconds_of(clock.stamp(std::nullopt, when).captured));
    CHECK(distances(times).first > 0.03);
    CHECK(times.back() == Approx(10));
  }
  SECTION("after this program stood still") {
    auto times = stamped(clock, 0.01, 250, 0.04, [](double) { return std::nullopt; });
    when = arrival(15);
    for (when.behind = 125; when.behind-- > 0;)
      times.push_back(seconds_of(clock.stamp(std::nullopt, when).captured));
    CHECK(distances(times).first >= 0.02);
    CHECK(distances(times).second < 0.06);
  }
  SECTION("more than the time before has room for") {
    auto times = stamped(clock, 0.01, 250, 0.04, [](double) { return std::nullopt; });
    for (int read = 0; read < 10; ++read) {
      when = arrival(10.1 + read * 0.0001);
      for (when.behind = 50; when.behind-- > 0;)
        times.push_back(seconds_of(clock.stamp(std::nullopt, when).captured));
    }
    CHECK(distances(times).first > 0);
    CHECK(times.back() <= 10.102 + 0.041);
  }
}

TEST_CASE("times strictly increase, whatever the server says") {
  FrameClock clock;
  SteadyTime last{};
  for (const double source : {10.0, 9.99, 10.0, 10.00000001, 9.5, 10.2}) {
    const auto times = clock.stamp(source, arrival(10.3));
    CHECK(times.captured > last);
    last = times.captured;
  }
}
