#include "device.hpp"

#include "control_requests.hpp"
#include "format_requests.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace minidvr::virtual_camera {

std::shared_ptr<Device> Device::open(SharedStateFile file, int flags, unsigned number) {
  const int descriptor = ::timerfd_create(
      CLOCK_MONOTONIC, TFD_NONBLOCK | ((flags & O_CLOEXEC) != 0 ? TFD_CLOEXEC : 0));
  if (descriptor < 0) {
    return nullptr;
  }
  return std::shared_ptr<Device>(
      new Device(std::move(file), descriptor, (flags & O_NONBLOCK) != 0, number));
}

Device::Device(SharedStateFile file, int descriptor, bool nonblocking, unsigned number)
    : file_(std::move(file)),
      descriptor_(descriptor),
      nonblocking_(nonblocking),
      number_(number),
      plugged_in_(file_->unplug_count),
      process_(::getpid()) {}

Device::~Device() {
  stop_watching();
}

bool Device::in_own_process() const {
  return process_ == ::getpid();
}

bool Device::connected() const {
  return file_->unplugged == 0 && file_->unplug_count == plugged_in_;
}

int Device::ioctl(std::uint32_t request, void* argument) {
  std::unique_lock lock(mutex_);
  if (!connected()) {
    return -ENODEV;
  }
  if (argument == nullptr) {
    return -EFAULT;
  }
  switch (request) {
    case VIDIOC_REQBUFS:
      return request_buffers(*static_cast<v4l2_requestbuffers*>(argument));
    case VIDIOC_QUERYBUF:
      return query_buffer(*static_cast<v4l2_buffer*>(argument));
    case VIDIOC_QBUF:
      return queue_buffer(*static_cast<v4l2_buffer*>(argument));
    case VIDIOC_DQBUF:
      return dequeue_buffer(*static_cast<v4l2_buffer*>(argument), lock);
    case VIDIOC_STREAMON:
      return stream_on(*static_cast<const std::uint32_t*>(argument));
    case VIDIOC_STREAMOFF:
      return stream_off(*static_cast<const std::uint32_t*>(argument));
    case VIDIOC_S_FMT:
    case VIDIOC_S_PARM:
      // The format belongs to the camera, not to the descriptor: nobody may change it under a
      // stream.
      if (queue_.count() > 0 || file_->refusal == Refusal::format || !file_.lock_stream()) {
        return -EBUSY;
      }
      {
        const int result = handle_format_request(*file_, request, argument);
        file_.unlock_stream();
        return result;
      }
    default:
      break;
  }
  const int result = handle_control_request(*file_, request, argument);
  return result != -ENOTTY ? result : handle_format_request(*file_, request, argument);
}

int Device::buffer_file(off_t offset, std::size_t length) {
  const std::lock_guard lock(mutex_);
  if (!connected()) {
    return -ENODEV;
  }
  return queue_.is_buffer(offset, length) ? queue_.descriptor() : -EINVAL;
}

}  // namespace minidvr::virtual_camera
