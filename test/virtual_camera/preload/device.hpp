// One open descriptor of the virtual camera: answers its ioctls and makes it readable when a frame
// waits.
#pragma once

#include "../picture/frame_composer.hpp"
#include "../shared_state.hpp"
#include "capture_queue.hpp"
#include "frame_clock.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include <sys/types.h>

namespace minidvr::virtual_camera {

class Device {
 public:
  // nullptr with errno set if the descriptor cannot be made. `flags` as open() got them. `number`:
  // that of its node.
  static std::shared_ptr<Device> open(SharedStateFile file, int flags, unsigned number);

  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device();

  // A timerfd, armed for the next frame: it is readable exactly while DQBUF has something to say.
  int descriptor() const { return descriptor_; }
  unsigned number() const { return number_; }

  // 0 or a negative errno, as a driver returns it.
  int ioctl(std::uint32_t request, void* argument);

  // The file behind the buffer at `offset`, to be mapped with that offset; a negative errno if
  // there is none.
  int buffer_file(off_t offset, std::size_t length);

  // false in a child that inherited the object by fork(): it must leave the camera alone.
  bool in_own_process() const;

 private:
  Device(SharedStateFile file, int descriptor, bool nonblocking, unsigned number);

  // Streaming (device_streaming.cpp). All need mutex_.
  int request_buffers(v4l2_requestbuffers& request);
  int query_buffer(v4l2_buffer& buffer) const;
  int queue_buffer(v4l2_buffer& buffer);
  int dequeue_buffer(v4l2_buffer& buffer, std::unique_lock<std::mutex>& lock);
  int stream_on(std::uint32_t type);
  int stream_off(std::uint32_t type);
  void stop_streaming();

  void capture_due_frames(std::chrono::nanoseconds now);  // up to `now`
  void follow_switches(std::chrono::nanoseconds now);
  void arm();                            // the descriptor, for what comes next
  std::uint32_t delivered_rate() const;  // millihertz
  bool connected() const;

  // Switches change in other processes, while the host sleeps in select: a thread watches them
  // during streaming.
  void start_watching();
  void stop_watching();
  void watch();

  SharedStateFile file_;
  const int descriptor_;
  const bool nonblocking_;
  const unsigned number_;           // of its node
  const std::uint32_t plugged_in_;  // unplug_count when it was opened
  const pid_t process_;

  std::mutex mutex_;
  CaptureQueue queue_;
  bool streaming_ = false;
  bool stalled_ = false;
  std::uint32_t rate_ = 0;  // millihertz, in force since the last switch
  std::uint32_t sequence_ = 0;
  FrameClock clock_;
  std::unique_ptr<FrameComposer> composer_;  // kept from one STREAMON to the next
  std::uint32_t composer_size_ = 0;          // index into frame_sizes

  std::thread watcher_;
  std::atomic<bool> watching_{false};
};

}  // namespace minidvr::virtual_camera
