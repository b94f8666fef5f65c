// What is, as GET /status tells it. Plain values; lib/api turns them into JSON.
#pragma once

#include "archive/retention.hpp"
#include "capture/camera_trouble.hpp"
#include "capture/known_camera.hpp"
#include "core/clock.hpp"
#include "recording/recorder_status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::dvr {

// Why no frames come.
enum class CameraProblem {
  none,
  starting,       // nothing has come yet
  not_connected,  // ustreamer says that the camera is not there
  preview,        // ustreamer does not run, or nobody serves the stream
  silent,         // the camera is there and sends nothing
};

struct CameraStatus {
  bool online = false;
  CameraProblem problem = CameraProblem::none;
  // The same, more closely; without a code where that says no more, without words where nothing is
  // known.
  capture::CameraTrouble trouble;
  std::string device;             // that is used
  std::string configured_device;  // the setting
  capture::NodeReason device_reason = capture::NodeReason::as_configured;
  unsigned width = 0;                    // of the newest frame; 0 before the first
  unsigned height = 0;                   //
  double fps = 0;                        // measured over the last seconds
  std::optional<double> last_frame_age;  // seconds; none before the first frame
  double bytes_per_second = 0;           // measured likewise
  std::uint64_t connections = 0;         // how often the stream was (re)opened
  std::uint64_t missed_frames = 0;       // skipped before they reached us, since the start
  std::uint64_t restarts_ended = 0;      // of ustreamer, which had ended, since the start
  std::uint64_t restarts_silent = 0;     // of ustreamer, because the camera delivered nothing
  bool operator==(const CameraStatus&) const = default;
};

using recording::RecorderState;
using recording::RecorderStatus;
using recording::RecorderTotals;

struct DiskStatus {
  std::uint64_t free = 0;              // bytes that we may use
  std::uint64_t total = 0;             // bytes; 0: how large and how full it is is not known
  std::optional<double> seconds_left;  // at the measured data rate; none while that is unknown
  bool full = false;                   // recording waits for room
  std::string wrong_folder = {};       // why recordings_dir is not the right one; empty: it is
  bool operator==(const DiskStatus&) const = default;
};

// What has been recorded and is complete.
struct ArchiveStatus {
  bool complete = false;  // all files have been looked at, or there are none to be had
  std::size_t recordings = 0;
  std::uint64_t bytes = 0;
  std::uint64_t protected_bytes = 0;
  double seconds_kept = 0;         // of video
  std::optional<WallTime> oldest;  // start; none without recordings
  std::uint32_t max_age_days = 0;  // 0: no limit
  std::uint64_t max_size = 0;      // bytes; 0: no limit
  std::uint64_t min_free = 0;      // bytes, as it is for this disk; 0: no limit, or not known yet
  std::vector<archive::Retention::Shortage> shortages{};  // which limits can not be kept, and why
  // Why nothing is deleted although it should be.
  archive::Retention::Stop stopped = archive::Retention::Stop::none;
  bool operator==(const ArchiveStatus&) const = default;
};

struct Check {
  bool ok = true;
  std::string detail;
};

// Who is served by the front end, which fills it in.
struct ClientStatus {
  std::size_t connections = 0;  // those of WebSockets among them
  std::size_t websockets = 0;
};

struct CertificateStatus {
  WallTime expires;
  std::string code;     // of what is wrong; empty: nothing is
  std::string problem;  // the same for people
};

struct Status {
  bool preview_running = false;
  bool recording_wanted = false;
  std::string current_file;                      // empty when no segment is being written
  std::optional<WallTime> recording_started_at;  // while recording
  CameraStatus camera;
  RecorderStatus recorder;
  RecorderTotals totals;
  DiskStatus disk;
  ArchiveStatus archive;
  ClientStatus clients;
  unsigned stream_port = 0;  // of ustreamer; 0 when none is run here
  WallTime time;             // when all this was so
  double uptime = 0;         // seconds
  Check preview_check;
  Check recorder_check;
  Check disk_check;
  std::string page_problem;  // why the dashboard can not be served; the front end fills it in
  std::optional<CertificateStatus> certificate;  // only with https; so does this
};

}  // namespace minidvr::dvr
