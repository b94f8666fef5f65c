#include "capture_queue.hpp"

#include <algorithm>
#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

namespace minidvr::virtual_camera {
namespace {

constexpr std::uint32_t least_buffers = 2;  // what uvcvideo needs
constexpr std::uint32_t most_buffers = 32;  // VIDEO_MAX_FRAME

std::size_t whole_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

std::uint32_t CaptureQueue::allocate(std::uint32_t wanted, std::uint32_t buffer_size) {
  release();
  const std::uint32_t count = std::clamp(wanted, least_buffers, most_buffers);
  stride_ = whole_pages(buffer_size);
  const std::size_t total = stride_ * count;
  descriptor_ = ::memfd_create("virtual-camera-buffers", MFD_CLOEXEC);
  if (descriptor_ < 0 || ::ftruncate(descriptor_, static_cast<off_t>(total)) != 0) {
    release();
    return 0;
  }
  void* memory = ::mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (memory == MAP_FAILED) {
    release();
    return 0;
  }
  memory_ = static_cast<std::uint8_t*>(memory);
  buffer_size_ = buffer_size;
  buffers_.resize(count);
  return count;
}

void CaptureQueue::release() {
  flush();
  if (memory_ != nullptr) {
    ::munmap(
        memory_,
        stride_ * buffers_.size());  // the application's own mappings live on until it unmaps them
  }
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
  memory_ = nullptr;
  descriptor_ = -1;
  buffers_.clear();
}

std::span<std::uint8_t> CaptureQueue::memory(std::uint32_t index) const {
  return {memory_ + stride_ * index, buffer_size_};
}

bool CaptureQueue::is_buffer(off_t offset, std::size_t length) const {
  const auto position = static_cast<std::size_t>(offset);
  return !buffers_.empty() && offset >= 0 && position % stride_ == 0 &&
         position / stride_ < buffers_.size() && length > 0 && length <= stride_;
}

bool CaptureQueue::enqueue(std::uint32_t index) {
  if (index >= buffers_.size() || buffers_[index].state != State::application) {
    return false;
  }
  buffers_[index].state = State::queued;
  queued_.push_back(index);
  return true;
}

void CaptureQueue::capture(const Capture& capture) {
  const std::uint32_t index = queued_.front();
  queued_.pop_front();
  buffers_[index].state = State::captured;
  buffers_[index].capture = capture;
  captured_.push_back(index);
}

std::uint32_t CaptureQueue::take() {
  const std::uint32_t index = captured_.front();
  captured_.pop_front();
  buffers_[index].state = State::application;
  return index;
}

void CaptureQueue::flush() {
  queued_.clear();
  captured_.clear();
  for (Buffer& buffer : buffers_) {
    buffer.state = State::application;
  }
}

void CaptureQueue::describe(std::uint32_t index, v4l2_buffer& buffer) const {
  const Buffer& described = buffers_[index];
  const auto microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(described.capture.captured_at).count();
  buffer = {};
  buffer.index = index;
  buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  buffer.memory = V4L2_MEMORY_MMAP;
  buffer.field = V4L2_FIELD_NONE;
  buffer.flags =
      V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_TSTAMP_SRC_SOE | V4L2_BUF_FLAG_MAPPED;
  buffer.flags |= described.state == State::queued ? V4L2_BUF_FLAG_QUEUED : 0U;
  buffer.flags |= described.state == State::captured ? V4L2_BUF_FLAG_DONE : 0U;
  buffer.bytesused = described.bytes_used;
  buffer.sequence = described.capture.sequence;
  buffer.timestamp.tv_sec = microseconds / 1'000'000;
  buffer.timestamp.tv_usec = microseconds % 1'000'000;
  buffer.length = buffer_size_;
  buffer.m.offset = static_cast<std::uint32_t>(stride_ * index);
}

}  // namespace minidvr::virtual_camera
