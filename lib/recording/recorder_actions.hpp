// What the recorder's state machine asks for. Each is carried out in the order in which it is
// asked.
#pragma once

#include "recording/frame_queue.hpp"
#include "recording/journal.hpp"
#include "recording/segment_file.hpp"
#include "recording/segment_plan.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace minidvr::recording {

// On the disk, one at a time. Each is answered by the event that its comment names.

// Name and journal of a segment that begins with `first`, for ffmpeg's file `number`. created()
struct CreateSegment {
  FramePtr first;
  std::uint32_t number = 0;
  std::uint32_t reserve = 0;  // bytes for its header
  microseconds frame_interval{0};
  SegmentPlan::Cut why = SegmentPlan::Cut::none;
};
// How far the oldest segment is. followed()
struct Follow {
  std::vector<Sample> waiting;  // its frames that were not seen in the file yet
  bool sync = false;
};
// Ends the oldest segment. closed()
struct CloseSegment {
  SegmentFile::Ending ending = SegmentFile::Ending::nothing;
  std::vector<Sample> waiting;
  std::size_t samples = 0;  // all its frames
  std::uint64_t bytes = 0;  // of them
};

// With ffmpeg.

// muxer_started() or muxer_not_started(), later muxer_ended()
struct StartMuxer {
  std::uint32_t reserve = 0;  // bytes for the header of each file
  microseconds frame_interval{0};
  unsigned width = 0;   // pixels
  unsigned height = 0;  // pixels
};
// `time` is that of ffmpeg's stream. frame_taken(), unless ffmpeg ends before.
struct Give {
  FramePtr frame;
  microseconds time{0};
};
// No more frames come: ffmpeg finishes its file and ends.
struct CloseInput {};
struct KillMuxer {
  std::string why;
};

// For people. Nothing comes back.

struct TellFile {
  std::string file;  // recording has begun, or has moved on to this one
};
struct TellIdle {
  std::string last_file;
};
struct TellDropped {
  std::uint64_t frames = 0;
  std::string why;  // empty: the disk did not take them in time
};

// ffmpeg does not take this frame, and takes others: it is dropped.
struct TellRefused {
  FramePtr frame;
  std::string why;
};

using Action = std::variant<CreateSegment, Follow, CloseSegment, StartMuxer, Give, CloseInput,
                            KillMuxer, TellFile, TellIdle, TellDropped, TellRefused>;

}  // namespace minidvr::recording
