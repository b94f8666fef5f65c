#include "capture/preview.hpp"

#include "core/clock.hpp"
#include "core/install_paths.hpp"
#include "process/supervised_process.hpp"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace minidvr::capture {
namespace {

// The state of the virtual camera, which is its device node too. It may be set from outside, so
// that the switches of a virtual camera (unplugged, stalled, slow) can be reached.
constexpr const char* kVirtualCameraVariable = "MINIDVR_VIRTUAL_CAMERA";

// Between two pictures.
constexpr seconds kDeviceTimeout{10};

// ustreamer starts its lines with "-- INFO  [" and the like; its repeated complaints about an
// absent camera are warnings, because it deals with them.
log::Level level_of(std::string_view line) {
  // Most cameras have no quality to set; ustreamer asks all the same.
  if (line.find("HW encoding quality") != std::string_view::npos) return log::Level::debug;
  if (line.starts_with("-- ERROR") || line.starts_with("-- PERF")) return log::Level::warning;
  if (line.starts_with("-- VERB") || line.starts_with("-- DEBUG")) return log::Level::debug;
  return log::Level::info;
}

}  // namespace

std::string camera_path(const Settings& settings) {
  if (settings.device != kVirtualDevice) return settings.device;
  if (const char* path = std::getenv(kVirtualCameraVariable)) return path;
  return std::filesystem::absolute(settings.state_dir / "virtual-camera").string();
}

bool camera_is_there(const Settings& settings) {
  if (settings.device == kVirtualDevice) return true;
  std::error_code ec;
  return std::filesystem::exists(settings.device, ec);
}

std::vector<std::string> camera_environment(const Settings& settings) {
  if (settings.device != kVirtualDevice) return {};
  return {fmt::format("{}={}", kVirtualCameraVariable, camera_path(settings)),
          fmt::format("LD_PRELOAD={}", virtual_camera_library().string())};
}

process::ChildSpec preview_spec(const Settings& settings,
                                std::function<void(std::string_view line)> on_line) {
  process::ChildSpec spec;
  spec.name = "ustreamer";
  spec.program = settings.ustreamer_bin;
  spec.arguments = {"--device", camera_path(settings),
                    // The camera's own JPEGs, untouched.
                    "--format", "MJPEG", "--encoder", "HW", "--resolution",
                    fmt::format("{}x{}", settings.resolution.width, settings.resolution.height),
                    "--desired-fps", std::to_string(settings.fps),
                    // A camera that pauses is not taken down and set up again by ustreamer behind
                    // our back: we judge by the frames, and restart it when that helps.
                    "--persistent", "--device-error-delay", "1",
                    // From 5.x on it closes one all the same, after so many seconds: less than a
                    // slow camera takes for a picture would be no picture ever.
                    "--device-timeout", std::to_string(kDeviceTimeout.count()), "--host",
                    settings.preview_host, "--port", std::to_string(settings.preview_port),
                    "--tcp-nodelay"};
  spec.arguments.insert(spec.arguments.end(), settings.ustreamer_args.begin(),
                        settings.ustreamer_args.end());
  spec.extra_environment = camera_environment(settings);
  spec.on_stdout = process::log_lines(spec.name, level_of);
  spec.on_stderr = process::log_lines(spec.name, [on_line = std::move(on_line)](auto line) {
    on_line(line);
    return level_of(line);
  });
  return spec;
}

v4l2::Tool camera_tool(const Settings& settings) {
  return {settings.v4l2_ctl_bin, [&settings] { return camera_path(settings); },
          camera_environment(settings)};
}

}  // namespace minidvr::capture
