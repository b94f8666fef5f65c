// The kinds of lines that a listing consists of besides headings.
#pragma once

#include "v4l2/control.hpp"

#include <optional>
#include <string_view>

namespace minidvr::v4l2 {

// "   brightness 0x00980900 (int)    : min=0 max=255 step=1 default=128 value=128 flags=slider"
// None when it does not begin like that. A line that begins so and goes on in an unknown way is a
// control of the type `other`: it is shown and can not be set.
std::optional<Control> parse_control_line(std::string_view line);

// "error 5 getting ctrl Gain": the camera fails at that control, which is told as one that failed.
// None when the error is that the whole camera is gone.
std::optional<Control> parse_failed_line(std::string_view line);

// "\t\t\t\t3: Menu Item 3"
std::optional<MenuOption> parse_option_line(std::string_view line);

}  // namespace minidvr::v4l2
