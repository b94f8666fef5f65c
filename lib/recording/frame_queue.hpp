// Frames on their way from the camera to the disk, and the one rule of who owns them.
#pragma once

#include "capture/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>

namespace minidvr::recording {

using capture::FramePtr;

// The bound of a queue that is to hold so many MiB. A system of 32 bits has no more memory than
// half of what its numbers tell, and sums of two such bounds are no larger than those.
template <class Size>
constexpr Size frame_buffer_bytes(Size mebibytes) {
  constexpr Size kMebibyte = Size{1} << 20;
  constexpr Size kMost = std::numeric_limits<Size>::max() / 2;
  return mebibytes > kMost / kMebibyte ? kMost : mebibytes * kMebibyte;
}

// The queue owns a frame from push() until it is synced (release_synced) or dropped and counted.
// Nothing in between takes it over: ffmpeg, its pipe and the segment files only work with frames
// that are still here. So whatever breaks, the frames that are not safe are all here, in order, and
// take_back() gives them to the next ffmpeg.
//
//   front                                    back
//   | given, not synced yet | waiting          |
//                            ^ next()
//
// The bound is on all the memory that recording takes. When it is reached the oldest waiting frame
// is dropped: after a disk that stalled for too long the recording goes on with the present. One
// that finds no room even so goes itself, alone. A frame that was given is never dropped: the pipe
// may refer to its memory. Nor is one that is pinned: a segment is being made that has its name and
// its start from it.
class FrameQueue {
 public:
  struct Entry {
    FramePtr frame;
    std::uint64_t recording = 0;  // which one it belongs to, see RecorderMachine
    bool after_loss = false;      // the camera was lost before it
    std::uint32_t digest = 0;     // digest_of() its bytes, once it is given
  };

  explicit FrameQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void push(Entry entry);

  bool empty() const { return entries_.empty(); }
  // Frames that wait or are given.
  std::size_t size() const { return entries_.size(); }
  std::size_t given() const { return given_; }
  bool has_waiting() const { return given_ < entries_.size(); }
  const Entry& operator[](std::size_t index) const { return entries_[index]; }

  // The first that waits. Only when has_waiting().
  const Entry& next() const { return entries_[given_]; }
  // A segment is going to begin with it: until it is given, or given up by take_back(), those
  // behind it are dropped in its place.
  void pin_next() { next_is_pinned_ = true; }
  // It is given to ffmpeg from here on.
  void give(std::uint32_t digest);
  // What was given and is not synced waits again.
  void take_back();
  // The oldest frame, which was given, will survive a power cut.
  void release_synced();

  // Drops the oldest. Only when it waits and is not pinned.
  void drop_oldest_waiting();

  // Drops all that wait; returns how many frames that were. Only when none is given.
  std::size_t drop_waiting();

  // While the disk is full there is no use in keeping more than this many bytes; 0: the full bound.
  void limit_to(std::size_t bytes);

  // So many of those that are given are lost with the program.
  void count_as_dropped(std::size_t frames) { dropped_ += frames; }

  std::uint64_t dropped() const { return dropped_; }  // since the start
  std::size_t held_bytes() const { return held_bytes_; }
  // Bytes that push() takes without dropping anything.
  std::size_t room() const { return bound() > held_bytes_ ? bound() - held_bytes_ : 0; }

 private:
  std::size_t bound() const { return limit_ == 0 || limit_ > max_bytes_ ? max_bytes_ : limit_; }
  std::size_t bytes_that_stay() const;
  void make_room(std::size_t bytes);
  void drop(std::size_t index);

  std::deque<Entry> entries_;
  std::size_t given_ = 0;
  bool next_is_pinned_ = false;
  std::size_t max_bytes_;
  std::size_t limit_ = 0;
  std::size_t held_bytes_ = 0;
  std::size_t given_bytes_ = 0;  // of them
  std::uint64_t dropped_ = 0;
};

}  // namespace minidvr::recording
