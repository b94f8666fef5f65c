// When a camera that is there and delivers nothing is set up anew.
#pragma once

#include "core/clock.hpp"

#include <optional>

namespace minidvr::capture {

// A camera that hangs often works again when its device is closed and opened: ustreamer is
// restarted. Silence counts from the last frame, the start of ustreamer, or the moment at which the
// camera was plugged in, whichever came last; so a camera that never delivered a frame is revived
// as well. No I/O.
class CameraRevival {
 public:
  struct Patience {
    Steady::duration first = seconds(15);
    // It doubles with every try, because the camera may be switched off on purpose.
    Steady::duration longest = seconds(300);
  };

  struct Facts {
    bool online = false;        // frames come
    bool camera_there = false;  // one that is unplugged is ustreamer's to find again
    bool preview_runs = false;  // ustreamer lives
  };

  CameraRevival() : CameraRevival(Patience{}) {}
  explicit CameraRevival(Patience patience) : limits_(patience), patience_(patience.first) {}

  // To be asked about once a second. True: restart ustreamer now.
  bool is_due(const Facts& facts, SteadyTime now);

 private:
  Patience limits_;
  Steady::duration patience_;
  std::optional<SteadyTime> silent_since_;
};

}  // namespace minidvr::capture
