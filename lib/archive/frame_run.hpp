// Which frames of a recording belong to a stretch of time. No I/O here.
#pragma once

#include "core/clock.hpp"
#include "mp4/movie.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace minidvr::archive {

// The frames with from <= time of capture < to, of these the first and then each `every`-th,
// counted through all recordings.
struct Stretch {
  WallTime from;
  std::optional<WallTime> to;  // nullopt: the end of what is there
  std::uint32_t every = 1;     // 1 at least
};

// Frames first, first + step, ... of a recording, before end.
struct FrameRun {
  std::size_t first = 0;
  std::size_t end = 0;
  std::size_t step = 1;

  bool empty() const { return first >= end; }
  std::size_t count() const { return empty() ? 0 : (end - first + step - 1) / step; }
  bool operator==(const FrameRun&) const = default;
};

// Those of `table` from frame `first` on; its first frame was captured at `start`. `passed`: frames
// of the stretch in recordings before this one; those of this one are added to it.
FrameRun run_in(const mp4::FrameTable& table, WallTime start, const Stretch& stretch,
                std::uint64_t& passed, std::size_t first = 0);

}  // namespace minidvr::archive
