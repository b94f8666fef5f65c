#include "dvr/health.hpp"

#include <fmt/format.h>

namespace minidvr::dvr {
namespace {

Check preview_check(const Status& status, const HealthFacts& facts) {
  if (status.camera.online) return {true, fmt::format("{:.1f} fps", status.camera.fps)};
  using capture::TroubleCode;
  const auto& trouble = status.camera.trouble;
  // Of a stream it is told as well when it was better.
  const bool is_of_stream =
      trouble.code == TroubleCode::none || trouble.code == TroubleCode::no_stream;
  if (!is_of_stream) return {false, trouble.line()};
  if (!facts.preview_problem.empty()) return {false, facts.preview_problem};
  const auto& age = status.camera.last_frame_age;
  std::string detail = facts.stream_problem.empty() ? "no frames" : facts.stream_problem;
  if (age) detail += fmt::format("; the last frame came {:.1f} s ago", *age);
  return {false, detail};
}

Check recorder_check(const Status& status, const HealthFacts& facts) {
  if (!status.recording_wanted) return {true, "recording is off"};
  switch (status.recorder.state) {
    case RecorderState::failed:
      return {false, status.recorder.detail};
    case RecorderState::waiting_for_camera:
      return {false, "waiting for the camera: " + status.recorder.detail};
    default:
      break;
  }
  if (facts.without_growth > kGrowthLimit) {
    // At a start, and between two ffmpegs, there is no file yet.
    const std::string what = status.current_file.empty() ? "nothing has been written"
                                                         : status.current_file + " has not grown";
    return {false, fmt::format("{} for {:.1f} s", what, to_seconds(facts.without_growth))};
  }
  if (facts.since_drop && *facts.since_drop < kDropMemory) {
    return {false,
            fmt::format("frames were dropped {:.1f} s ago, {} in this recording: the disk is "
                        "too slow, or a frame is larger than the buffer",
                        to_seconds(*facts.since_drop), status.recorder.dropped_frames)};
  }
  if (facts.unsynced > kSyncLimit) {
    return {false,
            fmt::format("the disk is {:.1f} s behind: {} frames wait in memory; it is too slow",
                        to_seconds(facts.unsynced), status.recorder.buffered_frames)};
  }
  return {true, status.current_file.empty() ? "starting" : "writing " + status.current_file};
}

Check disk_check(const Status& status, const HealthFacts& facts) {
  if (facts.disk_full || !facts.disk_problem.empty()) return {false, facts.disk_problem};
  if (status.disk.total == 0) return {true, "its free space is not known"};
  return {true, fmt::format("{} MB free", status.disk.free >> 20)};
}

}  // namespace

void judge(Status& status, const HealthFacts& facts) {
  status.preview_check = preview_check(status, facts);
  status.recorder_check = recorder_check(status, facts);
  status.disk_check = disk_check(status, facts);
}

}  // namespace minidvr::dvr
