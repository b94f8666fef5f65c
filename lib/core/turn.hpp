// Who has the turn where one after the other goes: others wait for `freed` while `taken`.
#pragma once

#include "core/event.hpp"

namespace minidvr {

// Has it as long as it lives; a task that is cancelled gives it back, too. Both outlive it.
class Turn {
 public:
  Turn(bool& taken, Event& freed) : taken_(taken), freed_(freed) { taken_ = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    taken_ = false;
    freed_.notify();
  }

 private:
  bool& taken_;
  Event& freed_;
};

}  // namespace minidvr
