// Streaming: buffers, the capture clock, and the switches that disturb it.
#include "device.hpp"
#include "format_requests.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>

#include <poll.h>
#include <sys/timerfd.h>

namespace minidvr::virtual_camera {
namespace {

using std::chrono::nanoseconds;

nanoseconds monotonic_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

bool is_ours(std::uint32_t type, std::uint32_t memory) {
  return type == V4L2_BUF_TYPE_VIDEO_CAPTURE && memory == V4L2_MEMORY_MMAP;
}

}  // namespace

int Device::request_buffers(v4l2_requestbuffers& request) {
  if (!is_ours(request.type, request.memory)) {
    return -EINVAL;
  }
  request.capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP | V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS;
  if (streaming_ || !file_.lock_stream()) {
    return -EBUSY;
  }
  queue_.release();
  if (request.count == 0) {
    file_.unlock_stream();
    return 0;
  }
  request.count = queue_.allocate(request.count, largest_frame(*file_));
  if (request.count == 0) {
    file_.unlock_stream();
    return -ENOMEM;
  }
  return 0;
}

int Device::query_buffer(v4l2_buffer& buffer) const {
  if (buffer.type != V4L2_BUF_TYPE_VIDEO_CAPTURE || buffer.index >= queue_.count()) {
    return -EINVAL;
  }
  queue_.describe(buffer.index, buffer);
  return 0;
}

int Device::queue_buffer(v4l2_buffer& buffer) {
  if (!is_ours(buffer.type, buffer.memory)) {
    return -EINVAL;
  }
  // Frames that were due before this buffer came must not end up in it.
  const nanoseconds now = monotonic_now();
  capture_due_frames(now);
  if (!queue_.enqueue(buffer.index)) {
    return -EINVAL;
  }
  queue_.describe(buffer.index, buffer);
  follow_switches(now);
  arm();
  return 0;
}

int Device::dequeue_buffer(v4l2_buffer& buffer, std::unique_lock<std::mutex>& lock) {
  if (!is_ours(buffer.type, buffer.memory)) {
    return -EINVAL;
  }
  for (;;) {
    if (!connected()) {
      return -ENODEV;
    }
    if (!streaming_) {
      return -EINVAL;
    }
    if (file_->refusal == Refusal::input_output) {
      return -EIO;
    }
    follow_switches(monotonic_now());
    if (queue_.has_captured()) {
      break;
    }
    arm();
    if (nonblocking_) {
      return -EAGAIN;
    }
    lock.unlock();
    pollfd waiting{descriptor_, POLLIN, 0};
    const bool interrupted = ::poll(&waiting, 1, -1) < 0;
    lock.lock();
    if (interrupted) {
      return -EINTR;
    }
  }
  const std::uint32_t index = queue_.take();
  const Capture& capture = queue_.captured(index);
  const std::size_t bytes =
      composer_->compose({capture.number, capture.captured_at}, queue_.memory(index));
  queue_.set_bytes_used(index, static_cast<std::uint32_t>(bytes));
  queue_.describe(index, buffer);
  arm();
  return 0;
}

int Device::stream_on(std::uint32_t type) {
  if (type != V4L2_BUF_TYPE_VIDEO_CAPTURE || queue_.count() == 0) {
    return -EINVAL;
  }
  if (streaming_) {
    return 0;
  }
  if (file_->refusal == Refusal::bandwidth) {
    return -ENOSPC;
  }
  const std::uint32_t size = file_->frame_size;
  if (!composer_ || composer_size_ != size) {
    composer_ = std::make_unique<FrameComposer>(static_cast<int>(frame_sizes[size].width),
                                                static_cast<int>(frame_sizes[size].height), *file_);
    composer_size_ = size;
  }
  ++file_->stream_starts;
  sequence_ = 0;
  stalled_ = file_->stalled != 0;
  rate_ = delivered_rate();
  clock_ = FrameClock(monotonic_now(), rate_);
  streaming_ = true;
  start_watching();
  arm();
  return 0;
}

int Device::stream_off(std::uint32_t type) {
  if (type != V4L2_BUF_TYPE_VIDEO_CAPTURE) {
    return -EINVAL;
  }
  stop_streaming();
  return 0;
}

void Device::stop_streaming() {
  streaming_ = false;
  queue_.flush();
  arm();
}

// Every tick is a frame. One that finds no queued buffer is lost, as with a real camera, but has
// its number.
void Device::capture_due_frames(nanoseconds now) {
  if (!streaming_ || stalled_) {
    return;
  }
  for (; clock_.next() <= now; clock_.advance()) {
    const std::uint64_t number = ++file_->last_frame;
    const std::uint32_t sequence = sequence_++;
    if (queue_.has_queued()) {
      queue_.capture({number, sequence, clock_.next()});
      ++file_->frames_captured;
    } else {
      ++file_->frames_lost;
    }
  }
}

std::uint32_t Device::delivered_rate() const {
  const std::uint32_t slow = file_->slow_millihertz;
  return slow != 0 ? slow : file_->frame_rate * 1000U;
}

void Device::follow_switches(nanoseconds now) {
  capture_due_frames(now);  // what was due before the switch is still delivered
  const bool stalled = file_->stalled != 0;
  const std::uint32_t rate = delivered_rate();
  if (streaming_ && (stalled != stalled_ || rate != rate_)) {
    stalled_ = stalled;
    rate_ = rate;
    clock_ = FrameClock(now, rate);
  }
}

void Device::arm() {
  itimerspec timer{};  // zero disarms
  if (!connected() || queue_.has_captured()) {
    timer.it_value.tv_nsec = 1;  // long ago: readable at once, until armed anew
  } else if (streaming_ && !stalled_ && queue_.has_queued()) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(clock_.next());
    timer.it_value.tv_sec = seconds.count();
    timer.it_value.tv_nsec = (clock_.next() - seconds).count();
  }
  ::timerfd_settime(descriptor_, TFD_TIMER_ABSTIME, &timer, nullptr);
}

void Device::start_watching() {
  if (watching_.exchange(true)) {
    return;
  }
  // The host's signals are for the host's own threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  watcher_ = std::thread([this] { watch(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Device::stop_watching() {
  if (!watching_.exchange(false)) {
    return;
  }
  announce_switch(*file_);  // wakes the others too, who find nothing new
  watcher_.join();
}

void Device::watch() {
  while (watching_) {
    const std::uint32_t seen = file_->switch_serial;
    {
      const std::lock_guard lock(mutex_);
      if (connected()) {
        follow_switches(monotonic_now());
        arm();
      } else {  // dead for ever, and after a replug the camera is free for others
        stop_streaming();
        file_.unlock_stream();
      }
    }
    if (watching_) {
      wait_for_switch(*file_, seen);
    }
  }
}

}  // namespace minidvr::virtual_camera
