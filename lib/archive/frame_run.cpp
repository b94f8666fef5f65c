#include "archive/frame_run.hpp"

#include <algorithm>

namespace minidvr::archive {

FrameRun run_in(const mp4::FrameTable& table, WallTime start, const Stretch& stretch,
                std::uint64_t& passed, std::size_t first) {
  const auto& frames = table.frames;
  // The number of the first frame that was captured at `time` or later.
  const auto first_at = [&](WallTime time) {
    const auto at = std::partition_point(
        frames.begin(), frames.end(), [&](const auto& frame) { return start + frame.time < time; });
    return static_cast<std::size_t>(at - frames.begin());
  };
  const std::size_t begin = std::max(first, first_at(stretch.from));
  const std::size_t end = stretch.to ? first_at(*stretch.to) : frames.size();
  if (begin >= end) return {begin, begin, stretch.every};
  // Of those behind the last one that was taken, so many are left out first.
  const std::size_t left_out = (stretch.every - passed % stretch.every) % stretch.every;
  passed += end - begin;
  return {std::min(begin + left_out, end), end, stretch.every};
}

}  // namespace minidvr::archive
