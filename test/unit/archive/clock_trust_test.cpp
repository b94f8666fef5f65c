#include "archive/clock_trust.hpp"

#include "support/result_text.hpp"
#include "unit/archive/retention_archive.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;
using namespace std::chrono_literals;

namespace {

const WallTime kSeen = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)) + 12h;

ClockFacts unsynchronized(WallTime now, seconds since_boot) {
  return {now, false, since_boot};
}

}  // namespace

TEST_CASE("a clock goes on being believed over a restart when it goes on as it was") {
  ClockTrust clock(kSeen);
  CHECK_FALSE(clock.believes(unsynchronized(kSeen + 1h, 30s)));  // a time server may still set it
  CHECK_FALSE(clock.doubts());
  CHECK(clock.believes(unsynchronized(kSeen + 1h + 2min, 150s)));
  CHECK(clock.seen() == kSeen + 1h + 2min);
  CHECK(ClockTrust(kSeen).believes(unsynchronized(kSeen - 23h, 1h)));
}

TEST_CASE("a clock that was never seen is believed as long as it goes on") {
  ClockTrust clock(std::nullopt);
  CHECK(clock.believes(unsynchronized(kSeen, 1h)));
  CHECK(clock.take_jump() == 0s);
  CHECK_FALSE(clock.believes(unsynchronized(kSeen + 30 * 24h, 2h)));
  CHECK(clock.take_jump() == 30 * 24h - 1h);
  CHECK(clock.take_jump() == 0s);
}

TEST_CASE("a clock that jumped since it was seen is watched for a day") {
  const auto jump = GENERATE(as<WallTime::duration>(), 25h, -30 * 24h);
  ClockTrust clock(kSeen - jump);
  CHECK_FALSE(clock.believes(unsynchronized(kSeen, 1h)));
  CHECK(clock.take_jump() == jump);
  CHECK(clock.doubts());
  CHECK_FALSE(clock.believes(unsynchronized(kSeen + 23h, 24h)));
  // What is not believed is not what the next run compares with.
  CHECK(clock.seen() != kSeen + 23h);
  CHECK(clock.believes(unsynchronized(kSeen + 24h, 25h)));
  CHECK_FALSE(clock.doubts());
}

TEST_CASE(
    "a clock that is set by more than a day while it is watched is doubted until it is kept") {
  ClockTrust clock(kSeen);
  REQUIRE(clock.believes(unsynchronized(kSeen, 1h)));
  CHECK(clock.believes(unsynchronized(kSeen + 20h, 2h)));
  CHECK_FALSE(clock.believes(unsynchronized(kSeen + 72h, 3h)));
  CHECK_FALSE(clock.believes(unsynchronized(kSeen + 73h, 4h)));
  CHECK(clock.believes({kSeen + 4h, true, 5h}));
  CHECK(clock.believes(unsynchronized(kSeen + 5h, 6h)));
  // A machine that slept is no jump.
  CHECK(clock.believes(unsynchronized(kSeen + 105h, 106h)));
}

TEST_CASE("what is remembered of the clock comes back, and what is none of it is refused") {
  ClockMemory memory;
  CHECK((parse_clock_memory(serialize_clock_memory(memory)).value() == memory));
  memory.seen = kSeen;
  memory.told = kSeen + 1h;
  note_unsure(memory, "20261124_101000.mp4");
  note_believed(memory, kSeen);
  note_unsure(memory, "20261124_102000.mp4");
  note_unsure(memory, "20261124_101000.mp4");  // it is known since when
  const auto text = serialize_clock_memory(memory);
  CHECK((parse_clock_memory(text).value() == memory));
  CHECK(known_since(memory, "20261124_101000.mp4", kSeen + 1h) == kSeen);
  CHECK(known_since(memory, "20261124_102000.mp4", kSeen + 1h) == WallTime::max());
  CHECK_FALSE(known_since(memory, "20261124_103000.mp4", kSeen));
  // As it was before it said what the clock told.
  CHECK(parse_clock_memory(R"({"seen":"2026-11-23T12:00:00Z","written":{}})").value().seen ==
        kSeen);
  for (const char* wrong :
       {"", "{", "[]", "{}", R"({"seen":1,"written":{}})", R"({"seen":null,"written":[]})",
        R"({"seen":null,"told":1,"written":{}})",
        R"({"seen":null,"written":{"20261124_101000.mp4":"x"}})",
        R"({"seen":null,"written":{"../x":null}})"}) {
    CAPTURE(wrong);
    CHECK(parse_clock_memory(wrong).error().code == Errc::malformed);
  }
}

TEST_CASE("what was recorded before the clock jumped stays older than what was recorded after it") {
  using namespace retention_test;
  constexpr auto kBack = 30 * 24h;
  const WallTime now = kToday - kBack + 2h;
  ClockMemory memory;
  note_unsure(memory, "before.mp4");
  note_believed(memory, kToday);
  note_jump(memory, -kBack);
  note_unsure(memory, "after.mp4");
  const bool believed = GENERATE(false, true);
  CAPTURE(believed);
  if (believed) note_believed(memory, now);
  retention_test::Archive archive({.max_age_days = 0, .max_size = 150 * kMiB, .min_free = 0});
  archive.now = now;
  archive.clock_set = believed;
  archive.clock_doubted = !believed;
  archive.files = {ended("before.mp4", 0h), ended("after.mp4", kBack - 1h)};
  for (auto& file : archive.files)
    file.known_since = known_since(memory, file.name, now);
  CHECK(archive.pass() == Names{"before.mp4"});
}

TEST_CASE("what is remembered moves with a clock that jumps, and no further than can be told") {
  ClockMemory memory;
  note_unsure(memory, "a");
  note_believed(memory, kSeen);
  note_unsure(memory, "b");
  const auto after = [&](WallTime::duration jump) {
    auto jumped = memory;
    note_jump(jumped, jump);
    CHECK_FALSE(jumped.written.at("b"));
    return jumped.written.at("a");
  };
  CHECK(after(25h) == kSeen + 25h);
  CHECK(after(-25h) == kSeen - 25h);
  CHECK(after(WallTime::duration::min()) == WallTime());
  CHECK_FALSE(after(WallTime::duration::max()));
}

TEST_CASE("what is gone is forgotten when it is known for so long, and nothing else is") {
  ClockMemory memory;
  for (const char* name : {"gone", "there"})
    note_unsure(memory, name);
  note_believed(memory, kSeen);
  note_unsure(memory, "gone, and known a day less");
  note_believed(memory, kSeen + 24h);
  note_unsure(memory, "gone, and not known yet");
  forget_gone(memory, {"there"}, kSeen + 8 * 24h, std::chrono::days(8));
  CHECK(memory.written.size() == 4);
  forget_gone(memory, {"there"}, kSeen + 8 * 24h + 1s, std::chrono::days(8));
  CHECK(memory.written.size() == 3);
  CHECK_FALSE(memory.written.contains("gone"));
}

TEST_CASE("a jump is taken once, however often it is started anew while the clock is doubted") {
  constexpr auto kBack = 30 * 24h;
  ClockMemory memory;
  memory.seen = memory.told = kSeen;
  note_unsure(memory, "a");
  note_believed(memory, kSeen);
  for (const auto after : {1h, 2h, 3h}) {
    ClockTrust clock(memory.seen, memory.told);
    CHECK_FALSE(follow_clock(memory, clock, unsynchronized(kSeen - kBack + after, 1h)));
    CHECK(clock.doubts());
    // Since then it was off for an hour, which the clock did not tell apart from the jump.
    CHECK(memory.written.at("a") == kSeen - kBack + 1h);
  }
  ClockTrust clock(memory.seen, memory.told);
  CHECK(follow_clock(memory, clock, {kSeen + 4h, true, 1h}));
  CHECK(memory.written.at("a") > kSeen);
  CHECK(memory.written.at("a") <= kSeen + 4h);
}

TEST_CASE(
    "a machine that is off each weekend, and that no time server reaches, keeps max_age_days") {
  constexpr auto kOn = 5 * 24h;
  constexpr auto kOff = 62h;
  ClockMemory memory;
  WallTime now = kSeen;
  for (int week = 0; week < 4; ++week) {
    ClockTrust clock(memory.seen, memory.told);
    if (week == 0) note_unsure(memory, "20261123_130000.mp4");
    for (std::chrono::hours on{0}; on <= kOn; ++on)
      follow_clock(memory, clock, unsynchronized(now + on, on));
    CHECK_FALSE(clock.doubts());
    now += kOn + (week < 3 ? kOff : 0h);
  }
  const auto since = known_since(memory, "20261123_130000.mp4", now);
  REQUIRE(since);
  CHECK(now - *since > 7 * 24h);
}

TEST_CASE("so many recordings are remembered, and those that are known the longest are forgotten") {
  ClockMemory memory;
  for (std::size_t i = 0; i <= kMostUnsureRecordings; ++i)
    note_unsure(memory, "20261124_101000_" + std::to_string(10'000 + i) + ".mp4");
  CHECK(memory.written.size() == kMostUnsureRecordings);
  CHECK_FALSE(memory.written.contains("20261124_101000_10000.mp4"));
  note_believed(memory, kSeen);
  memory.written.at("20261124_101000_12345.mp4") = kSeen - 1s;
  // A clock that was set back gives the newest the first name.
  note_unsure(memory, "20200101_000000.mp4");
  CHECK(memory.written.size() == kMostUnsureRecordings);
  CHECK(memory.written.contains("20200101_000000.mp4"));
  CHECK_FALSE(memory.written.contains("20261124_101000_12345.mp4"));
  CHECK(serialize_clock_memory(memory).size() < kMostClockMemoryBytes);
}
