// What is, as GET /status tells it. Plain values; lib/api turns them into JSON.
#pragma once

#include "core/clock.hpp"
#include "recording/recorder_status.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace minidvr::dvr {

struct CameraStatus {
  bool online = false;
  std::string device;
  unsigned width = 0;                    // of the newest frame; 0 before the first
  unsigned height = 0;                   //
  double fps = 0;                        // measured over the last seconds
  std::optional<double> last_frame_age;  // seconds; none before the first frame
  std::uint64_t connections = 0;         // how often the stream was (re)opened
  bool operator==(const CameraStatus&) const = default;
};

using recording::RecorderState;
using recording::RecorderStatus;

struct DiskStatus {
  std::uint64_t free = 0;              // bytes that we may use
  std::uint64_t total = 0;             // bytes
  std::optional<double> seconds_left;  // at the measured data rate; none while that is unknown
  bool operator==(const DiskStatus&) const = default;
};

struct Check {
  bool ok = true;
  std::string detail;
};

struct Status {
  bool preview_running = false;
  bool recording_wanted = false;
  std::string current_file;                      // empty when no segment is being written
  std::optional<WallTime> recording_started_at;  // while recording
  CameraStatus camera;
  RecorderStatus recorder;
  DiskStatus disk;
  unsigned stream_port = 0;
  double uptime = 0;  // seconds
  Check preview_check;
  Check recorder_check;
  Check disk_check;
};

}  // namespace minidvr::dvr
