#include "control_catalog.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <linux/videodev2.h>

namespace minidvr::virtual_camera {
namespace {

constexpr std::uint32_t integer = V4L2_CTRL_TYPE_INTEGER;
constexpr std::uint32_t boolean = V4L2_CTRL_TYPE_BOOLEAN;
constexpr std::uint32_t menu = V4L2_CTRL_TYPE_MENU;
constexpr std::uint32_t button = V4L2_CTRL_TYPE_BUTTON;
constexpr std::uint32_t heading = V4L2_CTRL_TYPE_CTRL_CLASS;

constexpr std::uint32_t heading_flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY;
constexpr std::uint32_t button_flags = V4L2_CTRL_FLAG_WRITE_ONLY | V4L2_CTRL_FLAG_EXECUTE_ON_WRITE;
constexpr std::uint32_t changes_others = V4L2_CTRL_FLAG_UPDATE;

// Beyond the standard ids, where drivers put their own user controls.
constexpr std::uint32_t restore_factory_settings = V4L2_CID_USER_BASE + 0x1f00;

constexpr std::array power_line_frequencies{
    MenuItem{V4L2_CID_POWER_LINE_FREQUENCY_DISABLED, "Disabled"},
    MenuItem{V4L2_CID_POWER_LINE_FREQUENCY_50HZ, "50 Hz"},
    MenuItem{V4L2_CID_POWER_LINE_FREQUENCY_60HZ, "60 Hz"},
};

constexpr std::array exposure_modes{
    MenuItem{V4L2_EXPOSURE_MANUAL, "Manual Mode"},
    MenuItem{V4L2_EXPOSURE_APERTURE_PRIORITY, "Aperture Priority Mode"},
};

constexpr ActiveWhen manual_white_balance{V4L2_CID_AUTO_WHITE_BALANCE, 0};
constexpr ActiveWhen manual_exposure{V4L2_CID_EXPOSURE_AUTO, V4L2_EXPOSURE_MANUAL};
constexpr ActiveWhen manual_focus{V4L2_CID_FOCUS_AUTO, 0};

// Columns: id, type, name, minimum, maximum, step, default, flags, active when, menu.
constexpr std::array controls{
    Control{V4L2_CID_USER_CLASS, heading, "User Controls", 0, 0, 0, 0, heading_flags},
    Control{V4L2_CID_BRIGHTNESS, integer, "Brightness", -64, 64, 1, 0},
    Control{V4L2_CID_CONTRAST, integer, "Contrast", 0, 64, 1, 32},
    Control{V4L2_CID_SATURATION, integer, "Saturation", 0, 128, 1, 64},
    Control{V4L2_CID_HUE, integer, "Hue", -40, 40, 1, 0},
    Control{V4L2_CID_AUTO_WHITE_BALANCE, boolean, "White Balance, Automatic", 0, 1, 1, 1,
            changes_others},
    Control{V4L2_CID_GAMMA, integer, "Gamma", 72, 500, 1, 100},
    Control{V4L2_CID_GAIN, integer, "Gain", 0, 100, 1, 0},
    Control{V4L2_CID_POWER_LINE_FREQUENCY,
            menu,
            "Power Line Frequency",
            0,
            2,
            1,
            1,
            0,
            {},
            power_line_frequencies},
    Control{V4L2_CID_WHITE_BALANCE_TEMPERATURE, integer, "White Balance Temperature", 2800, 6500,
            10, 4600, 0, manual_white_balance},
    Control{V4L2_CID_SHARPNESS, integer, "Sharpness", 0, 6, 1, 3},
    Control{V4L2_CID_BACKLIGHT_COMPENSATION, integer, "Backlight Compensation", 0, 2, 1, 1},
    Control{restore_factory_settings, button, "Restore Factory Settings", 0, 0, 0, 0, button_flags},

    Control{V4L2_CID_CAMERA_CLASS, heading, "Camera Controls", 0, 0, 0, 0, heading_flags},
    Control{V4L2_CID_EXPOSURE_AUTO,
            menu,
            "Auto Exposure",
            0,
            3,
            1,
            V4L2_EXPOSURE_APERTURE_PRIORITY,
            changes_others,
            {},
            exposure_modes},
    Control{V4L2_CID_EXPOSURE_ABSOLUTE, integer, "Exposure Time, Absolute", 1, 5000, 1, 157, 0,
            manual_exposure},
    Control{V4L2_CID_EXPOSURE_AUTO_PRIORITY, boolean, "Exposure, Dynamic Framerate", 0, 1, 1, 0},
    Control{V4L2_CID_PAN_ABSOLUTE, integer, "Pan, Absolute", -36000, 36000, 3600, 0},
    Control{V4L2_CID_TILT_ABSOLUTE, integer, "Tilt, Absolute", -36000, 36000, 3600, 0},
    Control{V4L2_CID_FOCUS_ABSOLUTE, integer, "Focus, Absolute", 0, 250, 5, 0, 0, manual_focus},
    Control{V4L2_CID_FOCUS_AUTO, boolean, "Focus, Automatic Continuous", 0, 1, 1, 1,
            changes_others},
    Control{V4L2_CID_ZOOM_ABSOLUTE, integer, "Zoom, Absolute", 100, 500, 1, 100},
    Control{V4L2_CID_PRIVACY, boolean, "Privacy", 0, 1, 1, 0, V4L2_CTRL_FLAG_READ_ONLY},
};
static_assert(controls.size() <= max_controls);
static_assert(std::is_sorted(controls.begin(), controls.end(),
                             [](const Control& a, const Control& b) { return a.id < b.id; }));

}  // namespace

std::span<const Control> control_catalog() {
  return controls;
}

std::size_t find_control(std::uint32_t id) {
  const auto found =
      std::find_if(controls.begin(), controls.end(), [id](const Control& c) { return c.id == id; });
  return static_cast<std::size_t>(found - controls.begin());
}

std::size_t find_control(std::string_view name) {
  const auto found = std::find_if(controls.begin(), controls.end(), [name](const Control& c) {
    return has_value(c) && v4l2_ctl_name(c) == name;
  });
  return static_cast<std::size_t>(found - controls.begin());
}

std::string v4l2_ctl_name(const Control& control) {
  std::string name;
  bool separate = false;
  for (const char* c = control.name; *c != '\0'; ++c) {
    if (std::isalnum(static_cast<unsigned char>(*c)) == 0) {
      separate = true;
      continue;
    }
    if (separate && !name.empty()) {
      name += '_';
    }
    separate = false;
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  }
  return name;
}

bool has_value(const Control& control) {
  return control.type != heading && control.type != button;
}

}  // namespace minidvr::virtual_camera
