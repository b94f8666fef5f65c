#include "recording/preroll.hpp"

#include "recording/segment_plan.hpp"

#include <utility>

namespace minidvr::recording {
namespace {

// A picture of another size, or of after a sleep, needs another file, which the recording begins
// with.
bool is_of_one_file(const capture::Frame& before, const capture::Frame& frame) {
  return before.width == frame.width && before.height == frame.height &&
         !clocks_parted(frame.captured - before.captured, frame.wall - before.wall);
}

}  // namespace

void Preroll::add(FramePtr frame) {
  if (length_ <= Steady::duration::zero()) return;
  if (!frames_.empty() && !is_of_one_file(*frames_.back(), *frame)) clear();
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
