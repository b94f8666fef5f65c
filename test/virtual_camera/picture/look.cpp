#include "look.hpp"

#include "../shared_state.hpp"

#include <cmath>
#include <numbers>

#include <linux/videodev2.h>

namespace minidvr::virtual_camera {
namespace {

using Channels = std::array<float, 3>;

// The value minus its default, so that zero means "leave the picture alone".
float deviation(const SharedState& state, std::uint32_t id) {
  const Control& control = control_catalog()[find_control(id)];
  return static_cast<float>(control_value(state, id) - control.default_value);
}

float value_share(const SharedState& state, std::uint32_t id) {  // 1 = the default
  const Control& control = control_catalog()[find_control(id)];
  return static_cast<float>(control_value(state, id)) / static_cast<float>(control.default_value);
}

// Manual settings count only while their automatic is off.
float exposure_factor(const SharedState& state) {
  const bool manual = control_value(state, V4L2_CID_EXPOSURE_AUTO) == V4L2_EXPOSURE_MANUAL;
  const float exposure = manual ? std::sqrt(value_share(state, V4L2_CID_EXPOSURE_ABSOLUTE)) : 1.0F;
  return exposure * (1.0F + deviation(state, V4L2_CID_GAIN) / 100.0F);
}

Channels white_balance(const SharedState& state) {
  if (control_value(state, V4L2_CID_AUTO_WHITE_BALANCE) != 0) {
    return {1.0F, 1.0F, 1.0F};
  }
  // The camera corrects for the colour of the light it is told: bluish light (high) makes a warm
  // picture.
  const float warmth = deviation(state, V4L2_CID_WHITE_BALANCE_TEMPERATURE) / 1900.0F;
  return {1.0F + 0.25F * warmth, 1.0F, 1.0F - 0.25F * warmth};
}

std::array<std::array<float, 3>, 3> saturation_and_hue(const SharedState& state) {
  const float saturation = value_share(state, V4L2_CID_SATURATION);
  const float angle = deviation(state, V4L2_CID_HUE) * std::numbers::pi_v<float> /
                      80.0F;  // 40 steps: a quarter turn
  const float c = saturation * std::cos(angle);
  const float s = saturation * std::sin(angle);
  // Turning and stretching colour around the grey axis (1,1,1), with equal weights for the three
  // channels.
  const float third = 1.0F / 3.0F;
  const float diagonal = third + c * (1.0F - third);
  const float next = third - c * third - s * std::numbers::inv_sqrt3_v<float>;
  const float previous = third - c * third + s * std::numbers::inv_sqrt3_v<float>;
  return {{{diagonal, next, previous}, {previous, diagonal, next}, {next, previous, diagonal}}};
}

std::uint8_t to_byte(float value) {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

}  // namespace

Look::Look(const SharedState& state) {
  const float exposure = exposure_factor(state);
  const Channels balance = white_balance(state);
  const float backlight = 1.0F + 0.15F * deviation(state, V4L2_CID_BACKLIGHT_COMPENSATION);
  const float gamma = 1.0F / (value_share(state, V4L2_CID_GAMMA) * backlight);
  const float contrast = value_share(state, V4L2_CID_CONTRAST);
  const float brightness = 1.6F * deviation(state, V4L2_CID_BRIGHTNESS);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t i = 0; i < 256; ++i) {
      const float light =
          std::min(static_cast<float>(i) / 255.0F * exposure * balance[channel], 1.0F);
      const float coded = 255.0F * std::pow(light, gamma);
      curves_[channel][i] = to_byte((coded - 128.0F) * contrast + 128.0F + brightness);
      neutral_ = neutral_ && curves_[channel][i] == i;
    }
  }
  const auto matrix = saturation_and_hue(state);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      color_[i][j] = static_cast<int>(std::lround(1024.0F * matrix[i][j]));
      neutral_color_ = neutral_color_ && color_[i][j] == (i == j ? 1024 : 0);
    }
  }
  neutral_ = neutral_ && neutral_color_;
}

const Bitmap& Look::apply(const Bitmap& bitmap, Bitmap& changed) const {
  if (neutral_) {
    return bitmap;
  }
  if (changed.width() != bitmap.width() || changed.height() != bitmap.height()) {
    changed = Bitmap(bitmap.width(), bitmap.height());
  }
  const auto turned = [](const std::array<int, 3>& weights, int red, int green, int blue) {
    return static_cast<std::uint8_t>(std::clamp(
        (weights[0] * red + weights[1] * green + weights[2] * blue + 512) >> 10, 0, 255));
  };
  for (int y = 0; y < bitmap.height(); ++y) {
    const std::uint8_t* from = bitmap.row(y);
    std::uint8_t* to = changed.row(y);
    for (int x = 0; x < bitmap.width(); ++x, from += 3, to += 3) {
      const int red = curves_[0][from[0]];
      const int green = curves_[1][from[1]];
      const int blue = curves_[2][from[2]];
      to[0] = neutral_color_ ? static_cast<std::uint8_t>(red) : turned(color_[0], red, green, blue);
      to[1] =
          neutral_color_ ? static_cast<std::uint8_t>(green) : turned(color_[1], red, green, blue);
      to[2] =
          neutral_color_ ? static_cast<std::uint8_t>(blue) : turned(color_[2], red, green, blue);
    }
  }
  return changed;
}

}  // namespace minidvr::virtual_camera
