#include "recording/segment_plan.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace minidvr::recording {

// Rounded up: rounded down, a few microseconds would be left at the end of the last one.
microseconds SegmentPlan::part_of(seconds length) {
  const microseconds longest = kLongestSegment;
  const auto parts = (length + longest - microseconds(1)) / longest;
  return (length + microseconds(parts - 1)) / parts;
}

Steady::duration SegmentPlan::length_from(WallTime wall) const {
  if (!align_) return part_;
  const auto local = std::chrono::floor<microseconds>(wall.time_since_epoch()) + local_offset(wall);
  const auto into = local % std::chrono::duration_cast<microseconds>(length_);
  return std::min(part_ - into % part_, length_ - into);
}

SegmentPlan::Cut SegmentPlan::before(const capture::Frame& frame) const {
  if (!open_) return Cut::first;
  if (frame.width != open_->width || frame.height != open_->height) return Cut::size;
  if (frame.captured - open_->last > frame.longest_pause) return Cut::gap;
  if (frame.captured >= open_->ends) return Cut::length;
  if (open_->frames >= open_->max_frames) return Cut::header_full;
  if (open_->frames > 0 && open_->bytes + frame.jpeg.size() > open_->max_bytes) {
    return Cut::file_full;
  }
  const bool is_set = clocks_parted(frame.captured - open_->started, frame.wall - open_->wall);
  return is_set ? Cut::clock_set : Cut::none;
}

void SegmentPlan::begin(const capture::Frame& frame, std::size_t reserve,
                        std::uint64_t largest_file) {
  Open open{};
  open.started = frame.captured;
  open.ends = frame.captured + length_from(frame.wall);
  open.wall = frame.wall;
  open.last = frame.captured;
  open.width = frame.width;
  open.height = frame.height;
  open.max_frames = (reserve - kFixedHeaderBytes) / kHeaderBytesPerFrame;
  open.max_bytes = largest_file - std::min(largest_file, reserve + kBesideFrames);
  open_ = open;
}

void SegmentPlan::add(const capture::Frame& frame) {
  open_->last = frame.captured;
  ++open_->frames;
  open_->bytes += frame.jpeg.size();
}

std::size_t SegmentPlan::reserve_for(double fps) const {
  const double length = to_seconds(part_);
  // A short segment may hold a burst, such as what waited for a stalled disk.
  constexpr double kAtLeast = 1000;
  const double expected = std::max(kAtLeast, std::ceil(2 * std::min(fps, kHighestRate) * length));
  return static_cast<std::size_t>(expected) * kHeaderBytesPerFrame + kFixedHeaderBytes;
}

bool clocks_parted(Steady::duration captured, WallTime::duration wall) {
  const auto difference =
      std::chrono::floor<microseconds>(wall) - std::chrono::floor<microseconds>(captured);
  return std::chrono::abs(difference) > SegmentPlan::kClockTolerance;
}

std::string_view describe(SegmentPlan::Cut cut) {
  switch (cut) {
    case SegmentPlan::Cut::none:
      return "no cut";
    case SegmentPlan::Cut::first:
      return "recording begins";
    case SegmentPlan::Cut::length:
      return "its length is reached";
    case SegmentPlan::Cut::clock_set:
      return "the clock was set";
    case SegmentPlan::Cut::size:
      return "the picture size changed";
    case SegmentPlan::Cut::header_full:
      return "the space for its header is used";
    case SegmentPlan::Cut::file_full:
      return "the file system takes no larger files";
    case SegmentPlan::Cut::gap:
      return "there was a gap";
  }
  return "";
}

std::string describe_parts(seconds length) {
  const auto part = SegmentPlan::part_of(length);
  if (part == length) return {};
  return fmt::format(
      "segment_seconds = {}, and no file is longer than {} h: each is cut into {} of {:g} s",
      length.count(), SegmentPlan::kLongestSegment.count(),
      std::llround(to_seconds(length) / to_seconds(part)), to_seconds(part));
}

}  // namespace minidvr::recording
