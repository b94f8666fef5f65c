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
#include <utility>

namespace minidvr::archive {

// A clock that jumped by more than kJump, against what was seen last or while it was watched, is
// doubted until the kernel says that it is synchronized, or it was watched for a day.
class ClockTrust {
 public:
  static constexpr std::chrono::hours kJump{24};
  static constexpr std::chrono::hours kWatched{24};

  // `seen`: when an earlier run believed it last.
  explicit ClockTrust(std::optional<WallTime> seen) : seen_(seen) {}

  // Call it every few seconds.
  bool believes(const ClockFacts& facts);
  // Whether it jumped since this was asked last.
  bool take_jump() { return std::exchange(jumped_, false); }
  // Whether it is for hours: just after boot a clock is not believed, either.
  bool doubts() const { return doubted_since_.has_value(); }
  // When it was believed last.
  std::optional<WallTime> seen() const { return seen_; }

 private:
  std::optional<WallTime> seen_;
  std::optional<ClockFacts> last_;
  std::optional<seconds> doubted_since_;  // since boot
  bool jumped_ = false;
};

// What is kept in STATE_DIR/clock.json:
//
//   {"seen":"2026-11-24T10:07:12.345678Z","written":{"20261025_101000.mp4":"2026-11-24T…","…":null}}
struct ClockMemory {
  std::optional<WallTime> seen;
  // Recordings whose own times may be wrong, because nothing vouched for the clock, and when they
  // were at hand by a clock that was believed: their age counts from then. nullopt: none was, yet,
  // or it has jumped since.
  std::map<std::string, std::optional<WallTime>, std::less<>> written;
  bool operator==(const ClockMemory&) const = default;
};

// A day of segments of ten seconds.
inline constexpr std::size_t kMostUnsureRecordings = 10'000;
inline constexpr std::size_t kMostClockMemoryBytes = 1 << 20;

inline StateFile clock_memory_file(const std::filesystem::path& state_dir, StateGate gate = {}) {
  return {state_dir / "clock.json", "memory of the clock", kMostClockMemoryBytes, std::move(gate)};
}

// Was written while nothing vouched for the clock. Of too many the first by name are forgotten.
void note_unsure(ClockMemory& memory, const std::string& name);
// The clock is believed: the age of those counts from now.
void note_believed(ClockMemory& memory, WallTime now);
// What was believed may have been wrong.
void note_jump(ClockMemory& memory);

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
