// The file that every process of one virtual camera maps: switches, format, control values,
// counters. All fields are lock-free atomics, so a process that dies at any instant leaves nothing
// locked.
#pragma once

#include "control_catalog.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

namespace minidvr::virtual_camera {

struct FrameSize {
  std::uint32_t width;
  std::uint32_t height;
};

inline constexpr std::array<FrameSize, 3> frame_sizes{{{640, 480}, {1280, 720}, {1920, 1080}}};
inline constexpr std::array<std::uint32_t, 2> frame_rates{
    60, 30};  // per second, in the order the device lists them
inline constexpr std::uint32_t default_frame_size = 0;
inline constexpr std::uint32_t default_frame_rate = 30;

// What keeps a camera from giving pictures although it is plugged in.
enum class Refusal : std::uint32_t {
  none,
  access,        // EACCES: it may not be opened
  open,          // EBUSY when it is opened
  format,        // EBUSY when a format is set: another program streams
  mjpeg,         // it has H.264 only
  sizes,         // EINVAL for a size that it does not list, instead of the nearest one
  pictures,      // the node of its metadata
  bandwidth,     // ENOSPC when the stream is started
  input_output,  // EIO instead of a picture
  jpegs,         // it has YUYV only
};

struct SharedState {
  static constexpr std::uint64_t expected_magic = 0x6d61635f5256444d;  // "MDVR_cam"
  static constexpr std::uint32_t current_version = 2;  // raise it with every change of this layout

  std::uint64_t magic = expected_magic;
  std::uint32_t version = current_version;
  std::uint32_t size = sizeof(SharedState);

  // Switches. `switch_serial` is the futex word that processes sleep on; it changes after every
  // change of a switch.
  std::atomic<std::uint32_t> switch_serial{0};
  std::atomic<std::uint32_t> unplugged{0};
  std::atomic<std::uint32_t> unplug_count{
      0};  // a descriptor opened before the last unplug stays dead after the replug
  std::atomic<std::uint32_t> stalled{0};
  std::atomic<Refusal> refusal{Refusal::none};
  std::atomic<std::uint32_t> slow_millihertz{0};  // 0: deliver at the negotiated rate

  std::atomic<std::uint32_t> sick_control{0};  // its id; 0: all are well
  std::atomic<std::int32_t> sick_errno{0};     // with which it can not be set
  std::atomic<std::uint32_t> sick_to_read{0};  // nor read

  std::atomic<std::uint32_t> frame_size{default_frame_size};  // index into frame_sizes
  std::atomic<std::uint32_t> frame_rate{default_frame_rate};

  std::atomic<std::uint32_t> control_serial{0};  // changes after every change of a value
  std::array<std::atomic<std::int32_t>, max_controls> control_values{};

  // Counters only grow; neither unplugging nor `reset` touches them.
  std::atomic<std::uint64_t> last_frame{
      0};  // number of the newest frame, captured or lost; the first one is 1
  std::atomic<std::uint64_t> frames_captured{0};  // went into a buffer
  std::atomic<std::uint64_t> frames_lost{0};      // found no queued buffer
  std::atomic<std::uint64_t> controls_set{0};
  std::atomic<std::uint64_t> controls_refused{0};
  std::atomic<std::uint64_t> stream_starts{0};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free &&
              std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t),
              "the kernel sees the futex word as 32 bits");

// A mapping of the file together with the descriptor it was mapped from.
class SharedStateFile {
 public:
  // Maps the file and creates it with defaults if it is missing or empty. The returned text says
  // what is wrong.
  static std::optional<SharedStateFile> open(const char* path, std::string& problem);

  SharedStateFile(SharedStateFile&& other) noexcept;
  SharedStateFile(const SharedStateFile&) = delete;
  SharedStateFile& operator=(const SharedStateFile&) = delete;
  SharedStateFile& operator=(SharedStateFile&&) = delete;
  ~SharedStateFile();

  SharedState& operator*() const { return *state_; }
  SharedState* operator->() const { return state_; }

  // Exclusive use of the capture queue. Belongs to this descriptor, so the kernel frees it when the
  // process dies.
  bool lock_stream() const;
  void unlock_stream() const;

 private:
  SharedStateFile(int descriptor, SharedState* state) : descriptor_(descriptor), state_(state) {}

  int descriptor_;
  SharedState* state_;
};

void set_default_controls(SharedState& state);
bool is_active(const SharedState& state, const Control& control);
std::int32_t control_value(const SharedState& state, std::uint32_t id);

// Wakes whoever sleeps in wait_for_switch(). Call it after the switch has its new value.
void announce_switch(SharedState& state);
// Returns when `switch_serial` is no longer `seen`; may return early.
void wait_for_switch(SharedState& state, std::uint32_t seen);

}  // namespace minidvr::virtual_camera
