// What came just before a recording was wanted, and belongs to it.
#pragma once

#include "capture/frame.hpp"
#include "core/clock.hpp"

#include <cstddef>
#include <deque>

namespace minidvr::recording {

using capture::FramePtr;

// The newest frames, oldest first. They are in memory only: until they are wanted nobody has asked
// for them to be kept.
class Preroll {
 public:
  // `length`: from the oldest to the newest; 0: none are kept. `max_bytes`: of all of them; what
  // does not fit is forgotten, oldest first.
  Preroll(Steady::duration length, std::size_t max_bytes)
      : length_(length), max_bytes_(max_bytes) {}

  void add(FramePtr frame);
  // What comes next does not follow what is here.
  void clear();
  // The newest ones that are no larger than `bytes` together. None is left here.
  std::deque<FramePtr> take(std::size_t bytes);

  std::size_t bytes() const { return bytes_; }

 private:
  void forget_until_at_most(std::size_t bytes);
  void forget_oldest();

  Steady::duration length_;
  std::size_t max_bytes_;
  std::deque<FramePtr> frames_;
  std::size_t bytes_ = 0;
};

}  // namespace minidvr::recording
