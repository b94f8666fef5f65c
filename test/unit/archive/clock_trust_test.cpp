#include "archive/clock_trust.hpp"

#include "support/result_text.hpp"

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
  CHECK_FALSE(clock.take_jump());
  CHECK_FALSE(clock.believes(unsynchronized(kSeen + 30 * 24h, 2h)));
  CHECK(clock.take_jump());
  CHECK_FALSE(clock.take_jump());
}

TEST_CASE("a clock that jumped since it was seen is watched for a day") {
  const auto jump = GENERATE(as<WallTime::duration>(), 25h, -30 * 24h);
  ClockTrust clock(kSeen - jump);
  CHECK_FALSE(clock.believes(unsynchronized(kSeen, 1h)));
  CHECK(clock.take_jump());
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
  note_unsure(memory, "20261124_101000.mp4");
  note_believed(memory, kSeen);
  note_unsure(memory, "20261124_102000.mp4");
  note_unsure(memory, "20261124_101000.mp4");  // it is known since when
  const auto text = serialize_clock_memory(memory);
  CHECK((parse_clock_memory(text).value() == memory));
  CHECK(known_since(memory, "20261124_101000.mp4", kSeen + 1h) == kSeen);
  CHECK(known_since(memory, "20261124_102000.mp4", kSeen + 1h) == WallTime::max());
  CHECK_FALSE(known_since(memory, "20261124_103000.mp4", kSeen));
  auto jumped = memory;
  note_jump(jumped);
  CHECK(known_since(jumped, "20261124_101000.mp4", kSeen + 1h) == WallTime::max());
  for (const char* wrong :
       {"", "{", "[]", "{}", R"({"seen":1,"written":{}})", R"({"seen":null,"written":[]})",
        R"({"seen":null,"written":{"20261124_101000.mp4":"x"}})",
        R"({"seen":null,"written":{"../x":null}})"}) {
    CAPTURE(wrong);
    CHECK(parse_clock_memory(wrong).error().code == Errc::malformed);
  }
}

TEST_CASE("so many recordings are remembered, and the first are forgotten") {
  ClockMemory memory;
  for (std::size_t i = 0; i <= kMostUnsureRecordings; ++i)
    note_unsure(memory, "20261124_101000_" + std::to_string(10'000 + i) + ".mp4");
  CHECK(memory.written.size() == kMostUnsureRecordings);
  CHECK_FALSE(memory.written.contains("20261124_101000_10000.mp4"));
  CHECK(serialize_clock_memory(memory).size() < kMostClockMemoryBytes);
}
