// Handle on a virtual camera from outside: pulls its plug, stalls it, slows it down, and reads what
// happened to it.
//
// The camera itself lives in libvirtual_camera.so, preloaded into ustreamer and v4l2-ctl; both
// sides map one state file. Every switch takes effect at once in all running processes. Safe to use
// from several threads and processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::virtual_camera {

struct Counters {
  std::uint64_t
      last_frame;  // number in the newest frame's comment; never repeats, the first frame is 1
  std::uint64_t frames_captured;  // went into a buffer
  std::uint64_t frames_lost;   // the application had no buffer queued; last_frame counts them too
  std::uint64_t controls_set;  // values accepted, each control of an extended request counts
  std::uint64_t controls_refused;
  std::uint64_t stream_starts;
  std::uint32_t unplugs;
};

struct Switches {
  bool unplugged;
  bool stalled;
  std::optional<double> slow;  // frames per second actually delivered
};

struct Format {
  std::uint32_t width;
  std::uint32_t height;
  std::uint32_t frames_per_second;  // as negotiated, whatever `slow` says
};

struct ControlValue {
  std::string name;  // as v4l2-ctl prints it: "white_balance_automatic"
  std::int32_t value;
  bool active;
};

enum class Refusal : std::uint32_t;  // shared_state.hpp

class VirtualCamera {
 public:
  // Creates the file with defaults if it is missing. Throws std::runtime_error if it is no state
  // file of this version.
  explicit VirtualCamera(const std::filesystem::path& state_file);
  VirtualCamera(VirtualCamera&&) noexcept;
  VirtualCamera& operator=(VirtualCamera&&) noexcept;
  ~VirtualCamera();

  // The path vanishes, open descriptors fail with ENODEV for ever.
  void unplug();
  // Comes back with default controls and format, as a real camera does. Nothing happens if it was
  // not unplugged.
  void plug();

  // The device answers, but no frame arrives.
  void stall();
  void resume();

  // Delivers at this rate, 0.001 to 1000 frames per second, without telling the application.
  // Throws std::invalid_argument outside.
  void slow(double frames_per_second);
  void normal_rate();

  // Setting that control fails with this errno; reading it, too, if that is wanted. One control at
  // a time. Throws std::out_of_range if there is no such control.
  void sicken_control(std::string_view name, int error, bool also_to_read = false);
  void heal_controls();

  // As if it were pulled and plugged again with this wrong with it.
  void refuse(Refusal what);
  void refuse_nothing();

  // Plugged in, refusing nothing, not stalled, normal rate, all controls well and at their
  // defaults. Counters go on.
  void reset();

  Switches switches() const;
  Format format() const;
  Counters counters() const;

  // Throw std::out_of_range if there is no such control.
  std::int32_t control(std::string_view name) const;
  // As if somebody turned it at the camera: no check of range or of being active.
  void set_control(std::string_view name, std::int32_t value);
  std::vector<ControlValue> controls() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace minidvr::virtual_camera
