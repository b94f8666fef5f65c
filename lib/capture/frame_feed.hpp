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
  // Somebody who looks at each frame as it comes, for as long as this lives.
  class Watcher {
   public:
    explicit Watcher(FrameFeed& feed) : feed_(feed) { ++feed_.watchers_; }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    ~Watcher() { --feed_.watchers_; }

   private:
    FrameFeed& feed_;
  };

  explicit FrameFeed(const net::any_io_executor& executor) : arrived_(executor) {}

  void publish(FramePtr frame) {
    newest_ = std::move(frame);
    arrived_.notify();
  }

  bool is_watched() const { return watchers_ > 0; }

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
  std::size_t watchers_ = 0;
};

}  // namespace minidvr::capture
