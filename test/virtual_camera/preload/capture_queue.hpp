// The buffers that travel between the application and the camera (V4L2 memory-mapped streaming).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include <linux/videodev2.h>

namespace minidvr::virtual_camera {

// What a capture put into a buffer; the picture itself is composed when the application takes the
// buffer.
struct Capture {
  std::uint64_t number = 0;    // of the frame, never repeats
  std::uint32_t sequence = 0;  // since STREAMON, as v4l2_buffer counts
  std::chrono::nanoseconds captured_at{};
};

class CaptureQueue {
 public:
  CaptureQueue() = default;
  CaptureQueue(const CaptureQueue&) = delete;
  CaptureQueue& operator=(const CaptureQueue&) = delete;
  ~CaptureQueue() { release(); }

  // Returns how many buffers there are now: `wanted`, within the kernel's limits; 0 if memory is
  // short.
  std::uint32_t allocate(std::uint32_t wanted, std::uint32_t buffer_size);
  void release();

  std::uint32_t count() const { return static_cast<std::uint32_t>(buffers_.size()); }
  std::uint32_t buffer_size() const { return buffer_size_; }
  std::span<std::uint8_t> memory(std::uint32_t index) const;

  // For mmap by the application: the file behind the buffers, and whether an offset is a buffer's.
  int descriptor() const { return descriptor_; }
  bool is_buffer(off_t offset, std::size_t length) const;

  bool has_queued() const { return !queued_.empty(); }
  bool has_captured() const { return !captured_.empty(); }

  // false: no such buffer, or it is not the application's.
  bool enqueue(std::uint32_t index);
  // The oldest queued buffer receives the capture. Needs has_queued().
  void capture(const Capture& capture);
  // The oldest capture goes back to the application: its buffer's index. Needs has_captured().
  std::uint32_t take();
  // STREAMOFF: everything is the application's again, captures are dropped.
  void flush();

  const Capture& captured(std::uint32_t index) const { return buffers_[index].capture; }
  void set_bytes_used(std::uint32_t index, std::uint32_t bytes) {
    buffers_[index].bytes_used = bytes;
  }
  void describe(std::uint32_t index, v4l2_buffer& buffer) const;

 private:
  enum class State { application, queued, captured };

  struct Buffer {
    State state = State::application;
    Capture capture;
    std::uint32_t bytes_used = 0;
  };

  std::vector<Buffer> buffers_;
  std::deque<std::uint32_t> queued_;
  std::deque<std::uint32_t> captured_;
  std::uint32_t buffer_size_ = 0;
  std::size_t stride_ = 0;  // buffer_size_ in whole pages
  std::uint8_t* memory_ = nullptr;
  int descriptor_ = -1;
};

}  // namespace minidvr::virtual_camera
