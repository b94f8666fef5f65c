// The newest frame, and everybody who waits for the next one.
#pragma once

#include "capture/frame.hpp"
#include "core/asio.hpp"
#include "core/event.hpp"

namespace minidvr::capture {

// A reader that is slow misses frames; it never holds up the camera, the recording or another
// reader.
class FrameFeed {
 public:
  explicit FrameFeed(const net::any_io_executor& executor) : arrived_(executor) {}

  void publish(FramePtr frame) {
    newest_ = std::move(frame);
    arrived_.notify();
  }

  // nullptr before the first frame. It may be old: look at its `captured`.
  const FramePtr& newest() const { return newest_; }

  // The newest frame once there is one with a sequence above `after`; nullptr when none came before
  // `deadline`.
  Task<FramePtr> next(std::uint64_t after, SteadyTime deadline) {
    while (!newest_ || newest_->sequence <= after) {
      if (Steady::now() >= deadline) co_return nullptr;
      co_await arrived_.wait_until(deadline);
    }
    co_return newest_;
  }

 private:
  FramePtr newest_;
  Event arrived_;
};

}  // namespace minidvr::capture
