#include "recording/frame_queue.hpp"

#include <algorithm>

namespace minidvr::recording {

void FrameQueue::push(FramePtr frame) {
  make_room(frame->jpeg.size());
  if (held_bytes_ + frame->jpeg.size() > bound()) {
    // All that is held is being written right now: there is nothing older to drop.
    ++dropped_;
    return;
  }
  held_bytes_ += frame->jpeg.size();
  ++held_frames_;
  waiting_.push_back(std::move(frame));
}

void FrameQueue::push_lost() {
  if (waiting_.empty() || waiting_.back()) waiting_.push_back(nullptr);
}

FrameQueue::Item FrameQueue::pop() {
  Item item = std::move(waiting_.front());
  waiting_.pop_front();
  return item;
}

void FrameQueue::put_back(const std::vector<FramePtr>& frames) {
  waiting_.insert(waiting_.begin(), frames.begin(), frames.end());
}

void FrameQueue::release(const capture::Frame& frame) {
  held_bytes_ -= frame.jpeg.size();
  --held_frames_;
}

std::size_t FrameQueue::drop_all() {
  std::size_t count = 0;
  for (const auto& item : waiting_) {
    if (!item) continue;
    release(*item);
    ++count;
  }
  waiting_.clear();
  dropped_ += count;
  return count;
}

void FrameQueue::limit_to(std::size_t bytes) {
  limit_ = bytes;
  make_room(0);
}

void FrameQueue::make_room(std::size_t bytes) {
  auto it = waiting_.begin();
  while (held_bytes_ + bytes > bound() && it != waiting_.end()) {
    if (!*it) {
      ++it;
      continue;
    }
    release(**it);
    ++dropped_;
    it = waiting_.erase(it);
  }
}

}  // namespace minidvr::recording
