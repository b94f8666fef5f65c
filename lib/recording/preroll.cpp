#include "recording/preroll.hpp"

#include <utility>

namespace minidvr::recording {

void Preroll::add(FramePtr frame) {
  if (length_ <= Steady::duration::zero()) return;
  // A picture of another size needs another file: it is what the recording begins with.
  if (!frames_.empty() &&
      (frames_.back()->width != frame->width || frames_.back()->height != frame->height)) {
    clear();
  }
  bytes_ += frame->jpeg.size();
  frames_.push_back(std::move(frame));
  while (frames_.back()->captured - frames_.front()->captured > length_)
    forget_oldest();
  forget_until_at_most(max_bytes_);
}

void Preroll::clear() {
  frames_.clear();
  bytes_ = 0;
}

std::deque<FramePtr> Preroll::take(std::size_t bytes) {
  forget_until_at_most(bytes);
  bytes_ = 0;
  return std::exchange(frames_, {});
}

void Preroll::forget_until_at_most(std::size_t bytes) {
  while (bytes_ > bytes)
    forget_oldest();
}

void Preroll::forget_oldest() {
  bytes_ -= frames_.front()->jpeg.size();
  frames_.pop_front();
}

}  // namespace minidvr::recording
