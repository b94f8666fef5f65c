// Frames on their way from the camera to the disk.
#pragma once

#include "capture/frame.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace minidvr::recording {

using capture::FramePtr;

// A bounded queue. A frame counts as held from push() until it is released because it is on the
// disk, so the bound is on all the memory that the recording takes. When it is full the oldest
// waiting frame is dropped: after a disk that stalled for too long the recording goes on with the
// present.
class FrameQueue {
 public:
  // What comes out: a frame, or nullptr where the camera was lost.
  using Item = FramePtr;

  explicit FrameQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void push(FramePtr frame);
  // Marks that the camera was lost here.
  void push_lost();

  bool empty() const { return waiting_.empty(); }
  Item pop();
  // Gives back frames that were popped and did not reach the disk, in their order.
  void put_back(const std::vector<FramePtr>& frames);
  // The frame is on the disk, or given up.
  void release(const capture::Frame& frame);
  // Drops all that wait; returns how many frames that were.
  std::size_t drop_all();

  // While the disk is full there is no use in keeping more than this many bytes; 0: the full bound.
  void limit_to(std::size_t bytes);

  std::uint64_t dropped() const { return dropped_; }
  std::size_t held_frames() const { return held_frames_; }
  std::size_t held_bytes() const { return held_bytes_; }
  void reset_counts() { dropped_ = 0; }

 private:
  std::size_t bound() const { return limit_ == 0 || limit_ > max_bytes_ ? max_bytes_ : limit_; }
  void make_room(std::size_t bytes);

  std::deque<Item> waiting_;
  std::size_t max_bytes_;
  std::size_t limit_ = 0;
  std::size_t held_bytes_ = 0;
  std::size_t held_frames_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace minidvr::recording
