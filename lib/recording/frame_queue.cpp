#include "recording/frame_queue.hpp"

namespace minidvr::recording {

void FrameQueue::push(Entry entry) {
  const std::size_t bytes = entry.frame->jpeg.size();
  make_room(bytes);
  if (held_bytes_ + bytes > bound()) {
    // All that is held is given: there is nothing older to drop.
    ++dropped_;
    return;
  }
  held_bytes_ += bytes;
  entries_.push_back(std::move(entry));
}

void FrameQueue::release_synced() {
  held_bytes_ -= entries_.front().frame->jpeg.size();
  entries_.pop_front();
  --given_;
}

void FrameQueue::drop_oldest_waiting() {
  const auto oldest = entries_.begin() + static_cast<std::ptrdiff_t>(given_);
  const auto behind = oldest + 1;
  // That the camera was lost stays true of the frame behind.
  if (behind != entries_.end() && oldest->after_loss) behind->after_loss = true;
  held_bytes_ -= oldest->frame->jpeg.size();
  entries_.erase(oldest);
  ++dropped_;
}

std::size_t FrameQueue::drop_waiting() {
  const std::size_t count = entries_.size();
  entries_.clear();
  held_bytes_ = 0;
  dropped_ += count;
  return count;
}

void FrameQueue::limit_to(std::size_t bytes) {
  limit_ = bytes;
  make_room(0);
}

void FrameQueue::make_room(std::size_t bytes) {
  while (held_bytes_ + bytes > bound() && has_waiting())
    drop_oldest_waiting();
}

}  // namespace minidvr::recording
