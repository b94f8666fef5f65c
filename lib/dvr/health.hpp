// Whether everything that should run does. Judged by frames and bytes that move, never by a process
// being alive. Pure: facts in, verdict out.
#pragma once

#include "core/clock.hpp"
#include "dvr/status.hpp"

#include <optional>
#include <string>

namespace minidvr::dvr {

// A file that did not grow for so long, although frames were given, is not being written.
inline constexpr seconds kGrowthLimit{5};

// A frame that could be on the disk for good, and is not after so long, waits for a disk that takes
// less than comes: what is in memory is lost with the program. Usual are two seconds.
inline constexpr seconds kSyncLimit{10};

// A frame that was dropped fails the check for so long.
inline constexpr seconds kDropMemory{10};

struct HealthFacts {
  std::string stream_problem;   // why no frames arrive; empty while they do
  std::string preview_problem;  // why ustreamer does not run; empty while it does
  Steady::duration without_growth{0};
  bool disk_full = false;
  std::string disk_problem;
  std::optional<Steady::duration> since_drop;  // nullopt: no frame was dropped yet
  Steady::duration unsynced{0};                // how long the oldest frame waits for its sync
};

// Fills in the three checks of `status`, from the rest of it and the facts.
void judge(Status& status, const HealthFacts& facts);

}  // namespace minidvr::dvr
