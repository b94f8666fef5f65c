#include "dvr/health.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::dvr;
using namespace std::chrono_literals;

namespace {

Status recording_well() {
  Status status;
  status.camera.online = true;
  status.camera.fps = 29.97;
  status.camera.last_frame_age = 0.01;
  status.recording_wanted = true;
  status.recorder.state = RecorderState::recording;
  status.current_file = "20261123_101000.mp4";
  status.disk = {100 << 20, 200 << 20, 60};
  return status;
}

}  // namespace

TEST_CASE("all is well while frames arrive and the file grows") {
  auto status = recording_well();
  judge(status, {});
  CHECK(status.preview_check.ok);
  CHECK(status.preview_check.detail == "30.0 fps");
  CHECK(status.recorder_check.ok);
  CHECK(status.recorder_check.detail == "writing 20261123_101000.mp4");
  CHECK(status.disk_check.ok);
  CHECK(status.disk_check.detail == "100 MB free");
}

TEST_CASE("a stream that stands still fails, and the reason is said") {
  auto status = recording_well();
  status.camera.online = false;
  status.camera.last_frame_age = 2.5;
  HealthFacts facts;
  facts.stream_problem = "no frame for 2.1 s";
  judge(status, facts);
  CHECK_FALSE(status.preview_check.ok);
  CHECK(status.preview_check.detail == "no frame for 2.1 s; the last frame came 2.5 s ago");
  status.camera.trouble = {capture::TroubleCode::no_stream, "no frame for 2.1 s", "", {}};
  judge(status, facts);
  CHECK(status.preview_check.detail == "no frame for 2.1 s; the last frame came 2.5 s ago");
  status.camera.trouble = {};
  facts.preview_problem = "there is no program ustreamer on PATH";
  judge(status, facts);
  CHECK(status.preview_check.detail == "there is no program ustreamer on PATH");
  status.camera.trouble = {capture::TroubleCode::port_taken, "the port is taken", "end it", {}};
  judge(status, facts);
  CHECK_FALSE(status.preview_check.ok);
  CHECK(status.preview_check.detail == "the port is taken; end it");
}

TEST_CASE("a recording whose file does not grow fails, one that was not asked for does not") {
  auto status = recording_well();
  HealthFacts facts;
  facts.without_growth = 4900ms;
  judge(status, facts);
  CHECK(status.recorder_check.ok);
  facts.without_growth = 5200ms;
  judge(status, facts);
  CHECK_FALSE(status.recorder_check.ok);
  CHECK(status.recorder_check.detail == "20261123_101000.mp4 has not grown for 5.2 s");
  status.recording_wanted = false;
  judge(status, facts);
  CHECK(status.recorder_check.ok);
}

TEST_CASE("where no file has begun it is not said of a file that it does not grow") {
  auto status = recording_well();
  status.recorder.state = RecorderState::starting;
  status.current_file.clear();
  HealthFacts facts;
  facts.without_growth = 7200ms;
  judge(status, facts);
  CHECK_FALSE(status.recorder_check.ok);
  CHECK(status.recorder_check.detail == "nothing has been written for 7.2 s");
}

TEST_CASE("a recorder that waits or failed says why") {
  auto status = recording_well();
  status.recorder.state = RecorderState::waiting_for_camera;
  status.recorder.detail = "the camera is not connected";
  judge(status, {});
  CHECK_FALSE(status.recorder_check.ok);
  CHECK(status.recorder_check.detail == "waiting for the camera: the camera is not connected");
  status.recorder.state = RecorderState::failed;
  status.recorder.detail = "the disk is full";
  HealthFacts facts;
  facts.disk_full = true;
  facts.disk_problem = "the disk is full";
  judge(status, facts);
  CHECK(status.recorder_check.detail == "the disk is full");
  CHECK_FALSE(status.disk_check.ok);
}

TEST_CASE("a disk that falls behind fails before its frames are lost") {
  auto status = recording_well();
  status.recorder.buffered_frames = 290;
  HealthFacts facts;
  facts.unsynced = 9900ms;
  judge(status, facts);
  CHECK(status.recorder_check.ok);
  facts.unsynced = 10'100ms;
  judge(status, facts);
  CHECK_FALSE(status.recorder_check.ok);
  CHECK(status.recorder_check.detail ==
        "the disk is 10.1 s behind: 290 frames wait in memory; it is too slow");
}

TEST_CASE("a disk that does not tell its space is not called full") {
  auto status = recording_well();
  status.disk = {};
  judge(status, {});
  CHECK(status.disk_check.ok);
  CHECK(status.disk_check.detail == "its free space is not known");
}
