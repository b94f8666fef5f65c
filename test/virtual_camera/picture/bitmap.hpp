// An RGB picture in memory, and blending into it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace minidvr::virtual_camera {

// Linear in the coded value, 0..255 each; fractions matter for gradients, which are dithered when
// stored.
struct Color {
  float red;
  float green;
  float blue;
};

constexpr Color mix(Color from, Color to, float share) {
  return {from.red + (to.red - from.red) * share, from.green + (to.green - from.green) * share,
          from.blue + (to.blue - from.blue) * share};
}

class Bitmap {
 public:
  Bitmap() = default;
  Bitmap(int width, int height)
      : width_(width),
        height_(height),
        bytes_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3) {}

  int width() const { return width_; }
  int height() const { return height_; }

  std::uint8_t* row(int y) {
    return &bytes_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) * 3];
  }
  const std::uint8_t* row(int y) const {
    return &bytes_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) * 3];
  }

  void set(int x, int y, Color color) {
    std::uint8_t* pixel = row(y) + x * 3;
    pixel[0] = to_byte(color.red);
    pixel[1] = to_byte(color.green);
    pixel[2] = to_byte(color.blue);
  }

  Color get(int x, int y) const {
    const std::uint8_t* pixel = row(y) + x * 3;
    return {static_cast<float>(pixel[0]), static_cast<float>(pixel[1]),
            static_cast<float>(pixel[2])};
  }

  // Pixels outside are ignored. `share` 0 keeps the pixel, 1 replaces it.
  void blend(int x, int y, Color color, float share) {
    if (x >= 0 && y >= 0 && x < width_ && y < height_ && share > 0.0F) {
      set(x, y, mix(get(x, y), color, share));
    }
  }

  void fill(Color color) {
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        set(x, y, color);
      }
    }
  }

 private:
  static std::uint8_t to_byte(float value) {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
  }

  int width_ = 0;
  int height_ = 0;
  std::vector<std::uint8_t> bytes_;
};

// How much of a pixel lies inside a shape whose edge is `distance` pixels away (negative: inside).
constexpr float coverage(float distance) {
  return std::clamp(0.5F - distance, 0.0F, 1.0F);
}

}  // namespace minidvr::virtual_camera
