// How ustreamer is run.
#pragma once

#include "core/settings.hpp"
#include "process/child.hpp"
#include "v4l2/tool.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::capture {

// The child that captures and serves the preview, as the settings want it. `on_line` is told each
// line that it prints.
process::ChildSpec preview_spec(const Settings& settings,
                                std::function<void(std::string_view line)> on_line);

// The environment that makes `device = virtual` a camera for ustreamer and v4l2-ctl; empty for a
// real device.
std::vector<std::string> camera_environment(const Settings& settings);

// Whether the device is plugged in. A virtual one always is: it hides its file only from ustreamer.
bool camera_is_there(const Settings& settings);

// The device's path, for the arguments of ustreamer and v4l2-ctl.
std::string camera_path(const Settings& settings);

// How v4l2-ctl is run on it. It asks the settings, which have to stay, before each run.
v4l2::Tool camera_tool(const Settings& settings);

}  // namespace minidvr::capture
