#include "capture/jitter_filter.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::capture;
using namespace std::chrono_literals;

namespace {

constexpr double kRoundingMs = 1e-5;  // ms, of times in nanoseconds

struct Stamp {
  double captured;  // ms
  double noted;     // ms
};

SteadyTime at(double ms) {
  return SteadyTime(
      std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double, std::milli>(ms)));
}

// How far each filtered time is from the capture, in ms.
std::vector<double> errors(const std::vector<Stamp>& stamps) {
  JitterFilter filter;
  std::vector<double> result;
  for (const auto& stamp : stamps) {
    const auto filtered = filter.filter(at(stamp.noted)).time_since_epoch();
    result.push_back(std::chrono::duration<double, std::milli>(filtered).count() - stamp.captured);
  }
  return result;
}

double worst(const std::vector<double>& errors, std::size_t from = 0) {
  double result = 0;
  for (auto i = from; i < errors.size(); ++i)
    result = std::max(result, std::abs(errors[i]));
  return result;
}

std::vector<Stamp> even(std::size_t count, double interval, double start = 1000) {
  std::vector<Stamp> stamps;
  for (std::size_t i = 0; i < count; ++i) {
    const auto time = start + static_cast<double>(i) * interval;
    stamps.push_back({time, time});
  }
  return stamps;
}

}  // namespace

TEST_CASE("times in the rhythm are left exactly as they are") {
  std::mt19937 random(7);
  std::uniform_real_distribution<> late(0.0, 0.5);
  auto stamps = even(1000, 1000.0 / 30);
  for (auto& stamp : stamps)
    stamp.noted += late(random);
  JitterFilter filter;
  for (const auto& stamp : stamps)
    CHECK(filter.filter(at(stamp.noted)) == at(stamp.noted));
}

TEST_CASE("a frame that was fetched late is moved to where it belongs") {
  auto stamps = even(200, 1000.0 / 30);
  stamps[50].noted += 9;
  stamps[51].noted += 3;
  stamps[120].noted += 14;
  stamps[150].noted += 16;
  CHECK(worst(errors(stamps)) < 0.1);
}

TEST_CASE("no frame is moved by more than half an interval, whatever the rhythm says") {
  auto stamps = even(200, 1000.0 / 30);
  stamps[150].noted += 26;
  const auto all = errors(stamps);
  CHECK(all[150] == Approx(26).margin(0.01));
  for (std::size_t i = 150; i < stamps.size(); ++i)
    stamps[i].noted = stamps[i].captured + 23;  // the camera began anew
  for (const double error : errors(stamps))
    CHECK(error >= -1000.0 / 60);
}

TEST_CASE("two late frames, the second twice as late, are no other frame rate") {
  auto stamps = even(200, 1000.0 / 30);
  stamps[50].noted += 1.6;
  stamps[51].noted += 3.2;
  CHECK(worst(errors(stamps)) < 0.1);
}

TEST_CASE("a busy machine: a fifth of the frames is late, all times stay within 2 ms") {
  std::mt19937 random(3);
  std::uniform_real_distribution<> small(0.0, 0.4);
  std::uniform_real_distribution<> large(1.0, 15.0);
  std::uniform_int_distribution<> fifth(0, 4);
  const double rate = GENERATE(15.0, 30.0, 60.0);
  CAPTURE(rate);
  auto stamps = even(3000, 1000.0 / rate);
  for (std::size_t i = 30; i < stamps.size(); ++i) {
    stamps[i].noted += fifth(random) == 0 ? std::min(large(random), 400.0 / rate) : small(random);
  }
  const auto all = errors(stamps);
  const auto outside =
      std::count_if(all.begin(), all.end(), [](double e) { return std::abs(e) > 2; });
  // Several in a row, each later than the one before by as much, are taken for another frame rate.
  CHECK(outside <= 3000 / 40);
}

TEST_CASE("stamps of whole milliseconds have a rhythm too, also at high rates") {
  std::mt19937 random(5);
  std::uniform_real_distribution<> late(2.0, 4.0);
  const double rate = GENERATE(30.0, 60.0, 75.0);
  CAPTURE(rate);
  auto stamps = even(2000, 1000.0 / rate);
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    if (i > 60 && i % 5 == 0) stamps[i].noted += late(random);
    stamps[i].noted = std::floor(stamps[i].noted);
  }
  const auto all = errors(stamps);
  // Whole milliseconds alone are up to one off.
  const auto outside =
      std::count_if(all.begin(), all.end(), [](double e) { return std::abs(e) > 2; });
  CHECK(outside <= 2000 / 40);
}

TEST_CASE("a rate that hardly changes, or a shift of the rhythm, misplaces three frames at most") {
  const auto [interval, shift] =
      GENERATE(table<double, double>({{1000.0 / 29, 0.0}, {1000.0 / 30, 10.0}, {34.5, 0.0}}));
  CAPTURE(interval, shift);
  auto stamps = even(100, 1000.0 / 30);
  const double start = stamps.back().captured + shift;
  for (int i = 1; i <= 100; ++i)
    stamps.push_back({start + i * interval, start + i * interval});
  const auto all = errors(stamps);
  const auto misplaced =
      std::count_if(all.begin(), all.end(), [](double e) { return std::abs(e) > 1; });
  CHECK(misplaced <= 3);
}

TEST_CASE("a camera whose clock drifts is followed") {
  auto stamps = even(1, 33.3);
  double interval = 33.3;
  for (int i = 0; i < 3000; ++i) {
    interval += 0.0002;
    stamps.push_back({stamps.back().captured + interval, stamps.back().captured + interval});
    if (i % 10 == 9) stamps.back().noted += 5;
  }
  CHECK(worst(errors(stamps)) < 0.5);
}

TEST_CASE("skipped frames do not disturb the rhythm") {
  auto stamps = even(200, 1000.0 / 30);
  stamps.erase(stamps.begin() + 100, stamps.begin() + 103);
  stamps[110].noted += 8;
  CHECK(worst(errors(stamps)) < 0.1);
}

TEST_CASE("another frame rate is followed at once") {
  const double after = GENERATE(15.0, 20.0, 25.0, 28.0, 32.0, 45.0, 60.0);
  CAPTURE(after);
  auto stamps = even(100, 1000.0 / 30);
  const auto start = stamps.back().captured;
  for (int i = 1; i <= 100; ++i) {
    stamps.push_back({start + i * 1000.0 / after, start + i * 1000.0 / after});
  }
  const auto all = errors(stamps);
  const auto moved =
      std::count_if(all.begin(), all.end(), [](double e) { return std::abs(e) > kRoundingMs; });
  const bool hardly_differs = after > 27 && after < 34;
  CHECK(moved <= (hardly_differs ? 2 : 1));
  CHECK(worst(all) <= 1000.0 / 30);
}

TEST_CASE("a camera without any rhythm keeps its times") {
  std::mt19937 random(11);
  std::uniform_real_distribution<> interval(15.0, 80.0);
  std::vector<Stamp> stamps = even(1, 0);
  for (int i = 0; i < 500; ++i) {
    const auto time = stamps.back().captured + interval(random);
    stamps.push_back({time, time});
  }
  CHECK(worst(errors(stamps)) < kRoundingMs);
}

TEST_CASE("after a pause and after a step back the rhythm is found anew") {
  auto stamps = even(50, 40);
  for (const auto& stamp : even(50, 40, 60'000))
    stamps.push_back(stamp);
  for (const auto& stamp : even(50, 40, 5'000))
    stamps.push_back(stamp);
  stamps[90].noted += 10;
  stamps[140].noted += 10;
  CHECK(worst(errors(stamps)) < 0.1);
}
