// What an MP4 file of ours says about its frames: one track of JPEGs that lie back to back.
//
// ISO/IEC 14496-12: mdhd 8.4.2, stsd 8.5.2, stts 8.6.1, stsz 8.7.3, stsc 8.7.4, stco and
// co64 8.7.5. Nothing in a file is believed: a table that does not fit its box, or frames outside
// of the file, are an error.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace minidvr::mp4 {

struct Summary {
  std::uint32_t frames = 0;
  microseconds length{0};         // until the last frame has been shown
  std::uint16_t width = 0;        // pixels
  std::uint16_t height = 0;       // pixels
  std::optional<WallTime> start;  // of capture of the first frame; see capture_start.hpp
};

// A few small reads. malformed: it is no whole file of that kind, and why. unavailable: the disk
// does not give it.
Result<Summary> read_summary(int file);

// Whether it can be told to be a recording, whole or damaged: a header that describes one track, of
// JPEGs. False for what others made, and for what tells nothing, as a copy that is under way does.
// unavailable: the disk does not give it.
Result<bool> is_recording(int file);

// As many as 24 h at 50 frames a second.
inline constexpr std::uint32_t kMostFrames = 4'320'000;

struct FrameTable {
  struct Frame {
    std::uint32_t size = 0;  // bytes
    microseconds time{0};    // since the first one
  };
  std::uint64_t first_offset = 0;  // of the first frame in the file
  std::vector<Frame> frames;
  std::optional<WallTime> start;  // as in Summary

  // The frame that is shown at `time` after the first one: the last that is not later. 0 for what
  // is before it. There must be one.
  std::size_t shown_at(microseconds time) const;

  // Where frame `number` lies in the file; for their number, where the last one ends.
  std::uint64_t offset_of(std::size_t number) const;
};

// malformed as above, and when frames do not lie back to back.
Result<FrameTable> read_frames(int file);

}  // namespace minidvr::mp4
