#include "recording/segment_plan.hpp"

#include "unit/support/frames.hpp"

#include <set>
#include <string_view>

#include <catch2/catch.hpp>

#include <stdlib.h>
#include <time.h>

using namespace minidvr;
using namespace minidvr::recording;
using namespace std::chrono_literals;
using Cut = SegmentPlan::Cut;

namespace {

// 2026-11-23 10:07:12 UTC
const WallTime kMorning =
    WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)) + 10h + 7min + 12s;

// Local time is that of `zone` while this lives.
class TimeZone {
 public:
  explicit TimeZone(const char* zone) {
    if (const char* old = getenv("TZ")) old_ = old;
    setenv("TZ", zone, 1);
    tzset();
  }
  ~TimeZone() {
    if (old_.empty()) {
      unsetenv("TZ");
    } else {
      setenv("TZ", old_.c_str(), 1);
    }
    tzset();
  }

 private:
  std::string old_;
};

// Feeds frames at 30 fps and returns at which offsets segments began, and why.
std::vector<std::pair<std::chrono::milliseconds, Cut>> cuts(SegmentPlan& plan,
                                                            std::chrono::seconds length,
                                                            WallTime wall = kMorning) {
  std::vector<std::pair<std::chrono::milliseconds, Cut>> result;
  for (std::chrono::microseconds time = 0s; time < length; time += 33333us) {
    const auto frame = test::frame(time, wall + time);
    const Cut cut = plan.before(*frame);
    if (cut != Cut::none) {
      plan.begin(*frame, plan.reserve_for(30));
      result.emplace_back(std::chrono::round<std::chrono::milliseconds>(time), cut);
    }
    plan.add(*frame);
  }
  return result;
}

}  // namespace

TEST_CASE("unaligned segments are cut when their length is reached") {
  SegmentPlan plan(10s, false);
  const auto found = cuts(plan, 25s);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == std::pair{0ms, Cut::first});
  CHECK(found[1].second == Cut::length);
  CHECK(found[1].first >= 10s);
  CHECK(found[1].first < 10s + 34ms);
  CHECK(found[2].first >= 20s);
}

TEST_CASE("aligned segments are cut on multiples of their length on the wall clock") {
  const TimeZone utc("UTC");
  SegmentPlan plan(10min, true);
  const auto found = cuts(plan, 800s);  // 10:07:12 to 10:20:32
  REQUIRE(found.size() == 3);
  CHECK(found[1].first >= 168s);  // 10:10:00
  CHECK(found[1].first < 168s + 34ms);
  CHECK(found[2].first >= 768s);  // 10:20:00
}

TEST_CASE("alignment goes by local time, also where it differs by half an hour") {
  const TimeZone half_hour("IST-05:30");
  SegmentPlan plan(1h, true);
  const auto found = cuts(plan, 1400s);  // local 15:37:12 to 16:00:32
  REQUIRE(found.size() == 2);
  CHECK(found[1].first >= 1368s);
  CHECK(found[1].first < 1369s);
}

TEST_CASE("a clock that is set begins a new segment, one that is nudged does not") {
  const TimeZone utc("UTC");
  for (const auto step : {-3600s, 3600s, -2s}) {
    SegmentPlan plan(10min, true);
    cuts(plan, 60s);
    CAPTURE(step.count());
    CHECK(plan.before(*test::frame(60s, kMorning + 60s + step)) == Cut::clock_set);
  }
  SegmentPlan plan(10min, true);
  cuts(plan, 60s);
  CHECK(plan.before(*test::frame(60s, kMorning + 60s + 900ms)) == Cut::none);
  CHECK(plan.before(*test::frame(60s, kMorning + 60s - 900ms)) == Cut::none);
}

TEST_CASE("another picture size and a gap begin a new segment") {
  SegmentPlan plan(10min, false);
  cuts(plan, 10s);
  CHECK(plan.before(*test::frame(10s, kMorning + 10s, 1920, 1080)) == Cut::size);
  CHECK(plan.before(*test::frame(11s, kMorning + 11s)) == Cut::none);
  CHECK(plan.before(*test::frame(13s, kMorning + 13s)) == Cut::gap);
}

TEST_CASE("the pauses of a slow camera are no gaps") {
  SegmentPlan plan(10min, false);
  cuts(plan, 10s);
  CHECK(plan.before(*test::slow_frame(18s, kMorning + 18s, 9s)) == Cut::none);
  CHECK(plan.before(*test::slow_frame(20s, kMorning + 20s, 9s)) == Cut::gap);
}

TEST_CASE("a segment ends before its frames need more header than was reserved") {
  SegmentPlan plan(10min, false);
  const auto first = test::frame(0s, kMorning);
  plan.begin(*first, SegmentPlan::kFixedHeaderBytes + 3 * SegmentPlan::kHeaderBytesPerFrame);
  for (int i = 0; i < 3; ++i) {
    const auto frame = test::frame(i * 33ms, kMorning + i * 33ms);
    CHECK(plan.before(*frame) == Cut::none);
    plan.add(*frame);
  }
  CHECK(plan.before(*test::frame(99ms, kMorning + 99ms)) == Cut::header_full);
}

TEST_CASE("the header has room for twice the expected frames") {
  const SegmentPlan plan(600s, false);
  const auto bytes = plan.reserve_for(30);
  CHECK(bytes == 2 * 30 * 600 * 32 + 4096);
}

TEST_CASE("after a segment was ended the next frame begins one") {
  SegmentPlan plan(10min, false);
  cuts(plan, 5s);
  plan.end();
  CHECK(plan.before(*test::frame(5s, kMorning + 5s)) == Cut::first);
}

TEST_CASE("a segment is cut before its file is larger than the file system takes") {
  SegmentPlan plan(3600s, false);
  const auto frame = test::frame(0ms, kMorning);
  const std::size_t reserve = plan.reserve_for(30);
  const std::uint64_t largest = reserve + SegmentPlan::kBesideFrames + 3 * frame->jpeg.size() + 1;
  plan.begin(*frame, reserve, largest);
  for (int i = 0; i < 3; ++i) {
    CHECK(plan.before(*frame) == Cut::none);
    plan.add(*frame);
  }
  CHECK(plan.before(*frame) == Cut::file_full);
  // Where not even one frame has room, it is tried.
  plan.begin(*frame, reserve, 1);
  CHECK(plan.before(*frame) == Cut::none);
}

TEST_CASE("a day-long segment is cut after two hours, and no more header is reserved") {
  SegmentPlan plan(24h, false);
  const auto frame = test::frame(0s, kMorning);
  plan.begin(*frame, plan.reserve_for(30));
  plan.add(*frame);
  // One frame a second, so that the plan sees no hole.
  Cut cut = Cut::none;
  auto time = 1s;
  for (; cut == Cut::none && time < 3h; ++time) {
    const auto next = test::frame(time, kMorning + time);
    cut = plan.before(*next);
    plan.add(*next);
  }
  CHECK(cut == Cut::length);
  CHECK(time - 1s == 2h);
  CHECK(plan.reserve_for(30) < 16'000'000);
}

TEST_CASE("what is longer than two hours is cut into equal parts, on the clock") {
  struct Long {
    std::chrono::seconds length;
    std::chrono::microseconds part;
  };
  for (const auto& [length, part] :
       {Long{1s, 1s}, Long{2h, 2h}, Long{2h + 1s, 3'600'500ms}, Long{3h, 90min}, Long{24h, 2h},
        Long{24h - 1s, 7'199'916'667us}}) {
    CAPTURE(length.count());
    CHECK(SegmentPlan::part_of(length) == part);
  }
}

TEST_CASE("aligned segments of more than two hours are cut on their multiples, and parts of them") {
  const TimeZone utc("UTC");
  const auto midnight = std::chrono::floor<std::chrono::days>(kMorning);
  const auto odd = 24h - 1s;  // its parts are no whole microseconds
  const auto odd_midnight = WallTime() + 20'000 * odd;
  struct Begun {
    std::chrono::seconds length;
    WallTime from;
    WallTime cut;
  };
  const std::chrono::microseconds odd_part = SegmentPlan::part_of(odd);
  for (const auto& [length, from, cut] :
       {Begun{24h, kMorning, midnight + 12h}, Begun{24h, midnight, midnight + 2h},
        Begun{24h, midnight + 24h - 1s, midnight + 24h}, Begun{3h, kMorning, midnight + 630min},
        Begun{odd, odd_midnight, odd_midnight + odd_part},
        Begun{odd, odd_midnight + 11 * odd_part, odd_midnight + odd}}) {
    CAPTURE(length.count(), from.time_since_epoch().count());
    SegmentPlan plan(length, true);
    const auto until = std::chrono::floor<std::chrono::microseconds>(cut - from);
    const auto frame = test::frame(0s, from);
    plan.begin(*frame, plan.reserve_for(30));
    plan.add(*frame);
    CHECK(plan.before(*test::slow_frame(until - 1us, cut - 1us, 3h)) == Cut::none);
    CHECK(plan.before(*test::slow_frame(until, cut, 3h)) == Cut::length);
  }
}

TEST_CASE("that a segment is cut into parts is told, of one that is not nothing") {
  CHECK(describe_parts(2h).empty());
  CHECK(describe_parts(24h) ==
        "segment_seconds = 86400, and no file is longer than 2 h: each is cut into 12 of 7200 s");
  CHECK(describe_parts(2h + 1s) ==
        "segment_seconds = 7201, and no file is longer than 2 h: each is cut into 2 of 3600.5 s");
}

TEST_CASE("a measured rate that no camera has reserves no more than the highest one") {
  const SegmentPlan plan(600s, true);
  CHECK(plan.reserve_for(1e9) == plan.reserve_for(SegmentPlan::kHighestRate));
  CHECK(plan.reserve_for(1e9) < 10'000'000);
}

TEST_CASE("the log tells each reason for another file in words of its own") {
  std::set<std::string_view> words;
  for (const auto cut : {Cut::none, Cut::first, Cut::length, Cut::clock_set, Cut::size,
                         Cut::header_full, Cut::file_full, Cut::gap}) {
    CHECK_FALSE(describe(cut).empty());
    CHECK(words.insert(describe(cut)).second);
  }
}
