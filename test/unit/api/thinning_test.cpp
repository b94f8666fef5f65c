#include "api/thinning.hpp"

#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::api;
using namespace std::chrono_literals;

namespace {

// How many of 10 s of a camera are wanted, whose frames come up to `jitter` late.
int wanted_of_ten_seconds(double fps, Steady::duration interval, Steady::duration jitter) {
  Thinning thinning(fps);
  int wanted = 0;
  const SteadyTime begin(1h);
  const auto frames = 10s / interval;
  for (int i = 0; i < frames; ++i) {
    const auto late = jitter * (i * 7 % 10) / 10;
    wanted += thinning.wants(begin + i * interval + late) ? 1 : 0;
  }
  return wanted;
}

}  // namespace

TEST_CASE("so many frames a second are shown as are wanted") {
  CHECK(wanted_of_ten_seconds(5, 40ms, 0ms) == Approx(50).margin(1));
  CHECK(wanted_of_ten_seconds(20, 40ms, 0ms) == Approx(200).margin(1));
  CHECK(wanted_of_ten_seconds(0.5, 40ms, 0ms) == Approx(5).margin(1));
  CHECK(wanted_of_ten_seconds(7, 33ms, 8ms) == Approx(70).margin(1));
}

TEST_CASE("a camera that has no more than is wanted loses none") {
  CHECK(wanted_of_ten_seconds(25, 40ms, 9ms) == 250);
  CHECK(wanted_of_ten_seconds(60, 40ms, 30ms) == 250);
}

TEST_CASE("after a pause nothing is made up for") {
  Thinning thinning(10);
  const SteadyTime begin(1h);
  CHECK(thinning.wants(begin));
  CHECK(thinning.wants(begin + 10s));
  CHECK_FALSE(thinning.wants(begin + 10s + 40ms));
  CHECK(thinning.wants(begin + 10s + 100ms));
}
