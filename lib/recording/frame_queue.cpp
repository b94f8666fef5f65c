#include "recording/frame_queue.hpp"

namespace minidvr::recording {

void FrameQueue::push(Entry entry) {
  const std::size_t bytes = entry.frame->jpeg.size();
  if (bytes_that_stay() + bytes > bound()) {
    // There is no room for it, whatever else were dropped.
    ++dropped_;
    return;
  }
  make_room(bytes);
  held_bytes_ += bytes;
  entries_.push_back(std::move(entry));
}

void FrameQueue::give(std::uint32_t digest) {
  given_bytes_ += next().frame->jpeg.size();
  entries_[given_++].digest = digest;
  next_is_pinned_ = false;
}

void FrameQueue::take_back() {
  given_ = 0;
  given_bytes_ = 0;
  next_is_pinned_ = false;
}

void FrameQueue::release_synced() {
  const std::size_t bytes = entries_.front().frame->jpeg.size();
  held_bytes_ -= bytes;
  given_bytes_ -= bytes;
  entries_.pop_front();
  --given_;
}

void FrameQueue::drop_oldest_waiting() {
  drop(given_);
}

void FrameQueue::drop(std::size_t index) {
  const auto entry = entries_.begin() + static_cast<std::ptrdiff_t>(index);
  const auto behind = entry + 1;
  // That the camera was lost stays true of the frame behind.
  if (behind != entries_.end() && entry->after_loss) behind->after_loss = true;
  held_bytes_ -= entry->frame->jpeg.size();
  entries_.erase(entry);
  ++dropped_;
}

std::size_t FrameQueue::drop_waiting() {
  const std::size_t count = entries_.size();
  entries_.clear();
  next_is_pinned_ = false;
  held_bytes_ = 0;
  dropped_ += count;
  return count;
}

void FrameQueue::limit_to(std::size_t bytes) {
  limit_ = bytes;
  make_room(0);
}

// Of what is given, or about to be.
std::size_t FrameQueue::bytes_that_stay() const {
  return given_bytes_ + (next_is_pinned_ ? next().frame->jpeg.size() : 0);
}

void FrameQueue::make_room(std::size_t bytes) {
  const std::size_t oldest = given_ + (next_is_pinned_ ? 1 : 0);
  while (held_bytes_ + bytes > bound() && oldest < entries_.size())
    drop(oldest);
}

}  // namespace minidvr::recording
