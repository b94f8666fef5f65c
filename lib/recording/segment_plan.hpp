// When one segment ends and the next begins.
#pragma once

#include "capture/frame.hpp"
#include "core/clock.hpp"
#include "recording/disk_space.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace minidvr::recording {

// Decides before each frame whether it begins a new segment. No I/O: all it knows comes with the
// frames.
class SegmentPlan {
 public:
  enum class Cut { none, first, length, clock_set, size, header_full, file_full, gap };

  // The wall clock may run this far from the monotonic one within a segment (adjustments, leap
  // seconds) before it counts as set.
  static constexpr seconds kClockTolerance{1};
  // Bytes of the header that a frame takes at most: size 4, time 8, chunk offset 8, chunk map 12.
  static constexpr std::size_t kHeaderBytesPerFrame = 32;
  // The header's fixed part.
  static constexpr std::size_t kFixedHeaderBytes = 4096;
  // The header is reserved before the first frame and is kept in memory at the end: a longer
  // segment is cut into equal parts that are no longer than this.
  static constexpr std::chrono::hours kLongestSegment{2};
  // What a reserve is made for. A measurement above it is one of a burst; a stream that really is
  // faster fills its reserve sooner and goes on in another file.
  static constexpr double kHighestRate = 250;  // frames a second

  // `align`: cut on wall-clock multiples of `length`, in local time, and where its parts end.
  SegmentPlan(seconds length, bool align)
      : length_(length), part_(part_of(length)), align_(align) {}

  // How long segments of `length` are: that, or one of the fewest parts.
  static microseconds part_of(seconds length);

  // Whether a new segment has to begin before `frame`, and why. After a pause that is longer than
  // the frame's longest_pause, one does.
  Cut before(const capture::Frame& frame) const;

  // In a file, beside the header that is reserved and the frames: more than the other boxes take.
  static constexpr std::uint64_t kBesideFrames = 4096;

  // `frame` is the first of a new segment with `reserve` bytes for its header, in a file that may
  // have `largest_file` bytes.
  void begin(const capture::Frame& frame, std::size_t reserve,
             std::uint64_t largest_file = kAnySize);
  // `frame` was added to the segment.
  void add(const capture::Frame& frame);
  // The segment is over without another having begun.
  void end() { open_.reset(); }

  // Bytes to reserve for the header of every segment of one ffmpeg, at `fps` frames a second: twice
  // what is expected, so that a camera that speeds up does not shorten segments.
  std::size_t reserve_for(double fps) const;

 private:
  struct Open {
    SteadyTime started;
    SteadyTime ends;  // frames from here on belong to the next segment
    WallTime wall;
    SteadyTime last;
    unsigned width;
    unsigned height;
    std::size_t frames;
    std::size_t max_frames;
    std::uint64_t bytes;  // of its frames
    std::uint64_t max_bytes;
  };

  Steady::duration length_from(WallTime wall) const;

  seconds length_;
  microseconds part_;
  bool align_;
  std::optional<Open> open_;
};

// Between two moments so much passed by the one clock and by the other: whether the wall clock was
// set, or the machine slept, which the monotonic clock does not count.
bool clocks_parted(Steady::duration captured, WallTime::duration wall);

// For the log: "the length is reached".
std::string_view describe(SegmentPlan::Cut cut);

// For the log, too: that segments of `length` are cut into parts, and how long those are; empty:
// they are not.
std::string describe_parts(seconds length);

}  // namespace minidvr::recording
