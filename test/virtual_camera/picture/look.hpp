// What the picture controls do to the picture.
#pragma once

#include "bitmap.hpp"

#include <array>

namespace minidvr::virtual_camera {

struct SharedState;

class Look {
 public:
  Look() = default;  // all controls at their defaults: nothing changes
  explicit Look(const SharedState& state);

  // Gives back `bitmap` itself when nothing changes, otherwise `changed` after filling it.
  const Bitmap& apply(const Bitmap& bitmap, Bitmap& changed) const;

 private:
  bool neutral_ = true;
  bool neutral_color_ = true;
  std::array<std::array<std::uint8_t, 256>, 3>
      curves_{};  // exposure, gain, brightness, contrast, gamma, white balance
  std::array<std::array<int, 3>, 3> color_{};  // saturation and hue, in 1/1024
};

}  // namespace minidvr::virtual_camera
