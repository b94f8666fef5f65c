// Whether the wall clock may be believed for what is deleted for its age: a wrong one would empty
// the archive. No I/O.
#pragma once

#include "archive/retention_files.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/state_file.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace minidvr::archive {

// A clock that jumped by more than kJump, against what was seen last or while it was watched, is
// doubted until it is known to be synchronized, or it was watched for a day.
class ClockTrust {
 public:
  static constexpr std::chrono::hours kJump{24};
  static constexpr std::chrono::hours kWatched{24};

  // `seen`: when an earlier run believed it last. `told`: what it said last, believed or not; not
  // given: the same.
  explicit ClockTrust(std::optional<WallTime> seen, std::optional<WallTime> told = std::nullopt)
      : seen_(seen), told_(told ? told : seen) {}

  // Call it every few seconds.
  bool believes(const ClockFacts& facts);
  // By how much it jumped since this was asked last, also over a restart; 0: it did not.
  WallTime::duration take_jump() { return std::exchange(jump_, WallTime::duration(0)); }
  // Whether it is for hours: just after boot a clock is not believed, either.
  bool doubts() const { return doubted_since_.has_value(); }
  // When it was believed last.
  std::optional<WallTime> seen() const { return seen_; }

 private:
  std::optional<WallTime> seen_;
  std::optional<WallTime> told_;  // by an earlier run
  std::optional<ClockFacts> last_;
  std::optional<seconds> doubted_since_;  // since boot
  WallTime::duration jump_{0};
};

// What is kept in STATE_DIR/clock.json:
//
//   {"seen":"2026-11-24T10:07:12.345678Z","told":"2026-11-24T10:07:12.345678Z",
//    "written":{"20261025_101000.mp4":"2026-11-24T…","…":null}}
struct ClockMemory {
  std::optional<WallTime> seen;
  // What the clock said when the rest was true, believed or not: all times in `written` are by it.
  std::optional<WallTime> told;
  // Recordings whose own times may be wrong, because nothing vouched for the clock, and when they
  // were at hand by a clock that was believed: their age counts from then. nullopt: none was, yet.
  std::map<std::string, std::optional<WallTime>, std::less<>> written;
  bool operator==(const ClockMemory&) const = default;
};

// A day of segments of ten seconds.
inline constexpr std::size_t kMostUnsureRecordings = 10'000;
inline constexpr std::size_t kMostClockMemoryBytes = 1 << 20;

inline StateFile clock_memory_file(const std::filesystem::path& state_dir, StateGate gate = {}) {
  return {state_dir / "clock.json", "memory of the clock", kMostClockMemoryBytes, std::move(gate)};
}

// Was written while nothing vouched for the clock. Of too many those are forgotten that are known
// the longest.
void note_unsure(ClockMemory& memory, const std::string& name);
// The clock is believed: the age of those counts from now.
void note_believed(ClockMemory& memory, WallTime now);
// What was known by the clock before it jumped is as old by the clock after it: it stays older than
// what nobody knows yet. What the clock did not tell, while all was off, adds to no age.
void note_jump(ClockMemory& memory, WallTime::duration jump);

// What is gone, and known for longer than it might have stayed: it may also come back, after a
// crash.
void forget_gone(ClockMemory& memory, const std::unordered_set<std::string_view>& there,
                 WallTime now, std::chrono::days kept);

// Every few seconds. Whether the clock is believed.
bool follow_clock(ClockMemory& memory, ClockTrust& clock, const ClockFacts& facts);

std::string serialize_clock_memory(const ClockMemory& memory);
// malformed.
Result<ClockMemory> parse_clock_memory(std::string_view text);

// Since when it is known, where its own times may be wrong, the end of time where nobody can say
// yet; else nullopt.
std::optional<WallTime> known_since(const ClockMemory& memory, std::string_view name, WallTime now);

// As it has to be when it was last written `ago`, but for an hour: a clock that was set after a
// file was written makes it look old. What the file says holds else.
Retention::File not_older_than(Retention::File file, Steady::duration ago, WallTime now);

}  // namespace minidvr::archive
