#include "http/arrival_pace.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;
using namespace std::chrono_literals;

namespace {

Limits paced() {
  Limits limits;
  limits.arrivals_at_once = 3;
  limits.arrival_interval = 100ms;
  return limits;
}

constexpr SteadyTime at(std::chrono::milliseconds time) {
  return SteadyTime(1h + time);
}

}  // namespace

TEST_CASE(
    "Some come at once, and the others one an interval; whoever comes too soon costs nothing") {
  ArrivalPace pace(paced());
  for (int i = 0; i < 3; ++i)
    CHECK(pace.keeps("a", at(0ms)));
  for (int i = 0; i < 1000; ++i)
    CHECK_FALSE(pace.keeps("a", at(99ms)));
  CHECK(pace.keeps("a", at(100ms)));
  CHECK_FALSE(pace.keeps("a", at(100ms)));
  CHECK(pace.keeps("a", at(200ms)));
}

TEST_CASE("What was not used is there later, and no more than at first") {
  ArrivalPace pace(paced());
  CHECK(pace.keeps("a", at(0ms)));
  for (int i = 0; i < 3; ++i)
    CHECK(pace.keeps("a", at(10s)));
  CHECK_FALSE(pace.keeps("a", at(10s)));
}

TEST_CASE("Each network has a pace of its own, and as many are known as there is room for") {
  ArrivalPace pace(paced());
  while (pace.keeps("hasty", at(0ms))) {
  }
  CHECK(pace.keeps("z", at(0ms)));
  for (std::size_t i = 0; i < 3 * ArrivalPace::kMostNetworks; ++i)
    CHECK(pace.keeps(std::to_string(i), at(0ms)));
  // Who has paid is forgotten first.
  ArrivalPace later(paced());
  for (std::size_t i = 0; i + 1 < ArrivalPace::kMostNetworks; ++i)
    CHECK(later.keeps(std::to_string(i), at(0ms)));
  while (later.keeps("0 hasty", at(200ms))) {
  }
  CHECK(later.keeps("one more", at(201ms)));
  CHECK_FALSE(later.keeps("0 hasty", at(201ms)));
}
