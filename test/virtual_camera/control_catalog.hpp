// The controls of the virtual camera: what a UVC webcam offers under a Linux 6 kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace minidvr::virtual_camera {

struct MenuItem {
  std::int32_t index;  // menus have gaps: only the listed indices exist
  const char* name;
};

// A control's value while it is inactive can be read but not set: `master` must have the value
// `master_value` first.
struct ActiveWhen {
  std::uint32_t master = 0;  // 0: always active
  std::int32_t master_value = 0;
};

struct Control {
  std::uint32_t id;    // V4L2_CID_...
  std::uint32_t type;  // V4L2_CTRL_TYPE_...
  const char* name;    // the kernel's name, "White Balance, Automatic"
  std::int32_t minimum = 0;
  std::int32_t maximum = 0;
  std::int32_t step = 0;
  std::int32_t default_value = 0;
  std::uint32_t flags = 0;  // V4L2_CTRL_FLAG_..., without INACTIVE, which depends on the values
  ActiveWhen active_when = {};
  std::span<const MenuItem> menu = {};
};

// Ascending by id, as the kernel enumerates them; headings (V4L2_CTRL_TYPE_CTRL_CLASS) included.
std::span<const Control> control_catalog();

// Room for control values in the shared file; the catalog is smaller.
inline constexpr std::size_t max_controls = 32;

// Index into control_catalog(), or its size when there is none.
std::size_t find_control(std::uint32_t id);
std::size_t find_control(std::string_view v4l2_ctl_name);

// "White Balance, Automatic" -> "white_balance_automatic", as v4l2-ctl prints it.
std::string v4l2_ctl_name(const Control& control);

bool has_value(const Control& control);

}  // namespace minidvr::virtual_camera
