#include "api/status.hpp"

#include "api/health.hpp"
#include "api/status_changes.hpp"
#include "core/json_text.hpp"
#include "core/version.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::api;
namespace json = boost::json;

namespace {

dvr::Status while_recording() {
  dvr::Status status;
  status.preview_running = true;
  status.recording_wanted = true;
  status.current_file = "20261123_101000.mp4";
  status.recording_started_at = WallTime(std::chrono::milliseconds(1795425632345));
  status.camera = {true,
                   dvr::CameraProblem::none,
                   {},
                   "/dev/video0",
                   "/dev/video0",
                   capture::NodeReason::as_configured,
                   1280,
                   720,
                   29.9701,
                   0.0212,
                   3.6e6};
  status.camera.missed_frames = 22;
  status.recorder.state = dvr::RecorderState::recording;
  status.recorder.frames = 12345;
  status.recorder.bytes = 1234567;
  status.recorder.segments = 2;
  status.disk = {1, 2, 86400.4};
  status.archive = {true, 3,      5000,
                    2000, 1800.4, WallTime(std::chrono::milliseconds(1795425155785)),
                    7,    0,      1 << 30};
  status.stream_port = 8000;
  status.time = WallTime(std::chrono::milliseconds(1795425755785));
  status.uptime = 123.44;
  return status;
}

std::string changes(const dvr::Status& before, const dvr::Status& after) {
  const auto result = status_changes(status_json(before), status_json(after));
  return result ? json_text(*result) : "none";
}

}  // namespace

TEST_CASE("The status has the fields of the contract, in its order, with numbers people can read") {
  const auto status = while_recording();
  CHECK(
      json_text(status_json(status)) ==
      R"({"preview":"running","recording":"running","current_file":"20261123_101000.mp4",)"
      R"("recording_started_at":")" +
          iso8601(*status.recording_started_at) +
          R"(","camera":{"online":true,"device":"/dev/video0","width":1280,"height":720,"fps":29.97,)"
          R"("last_frame_age":0.021,"missed_frames":22,"bytes_per_second":3600000,"connections":0},"recorder":{"state":"recording","seconds":0,"frames":12345,"bytes":1234567,)"
          R"("dropped_frames":0,"buffered_frames":0,"segments":2,"gaps":0,"restarts":0,"recovering":0},)"
          R"("disk":{"free":1,"total":2,"seconds_left":86400,"full":false},)"
          R"("archive":{"recordings":3,"bytes":5000,"protected_bytes":2000,"seconds_kept":1800,"oldest":")" +
          iso8601(*status.archive.oldest) +
          R"(","reaches_back_seconds":600,"complete":true,"retention":{"max_age_days":7,"max_size":0,"min_free":1073741824}},)"
          R"("page":{"ok":true},"stream_port":8000,"version":")" +
          kVersion + R"(","time":")" + iso8601(status.time) + R"(","uptime":123.4})");
}

TEST_CASE("The current file and the start of recording are there only while they exist") {
  const auto object = status_json(dvr::Status{});
  CHECK_FALSE(object.contains("current_file"));
  CHECK_FALSE(object.contains("recording_started_at"));
  CHECK(object.at("camera").at("last_frame_age").is_null());
  CHECK(object.at("disk").at("seconds_left").is_null());
  CHECK_FALSE(object.at("recorder").as_object().contains("detail"));
}

TEST_CASE("The certificate of https is told where there is one, and what is wrong with it") {
  auto status = while_recording();
  CHECK_FALSE(status_json(status).contains("certificate"));
  auto before = status;
  const WallTime expires{std::chrono::seconds(1'796'000'000)};
  status.certificate = {expires, "", ""};
  CHECK(serialize(status_json(status).at("certificate")) ==
        R"({"expires":")" + iso8601(expires) + R"(","problem":""})");
  before = status;
  status.certificate = {expires, "expires_soon", "it expires on 2026-11-30"};
  CHECK(serialize(status_json(status).at("certificate")) ==
        R"({"expires":")" + iso8601(expires) +
            R"(","code":"expires_soon","problem":"it expires on 2026-11-30"})");
  CHECK(changes(before, status) ==
        R"({"certificate":{"code":"expires_soon","problem":"it expires on 2026-11-30"}})");
}

TEST_CASE("What the archive can not keep is told while that is so, and how far back it reaches") {
  auto status = while_recording();
  CHECK_FALSE(status_json(dvr::Status{}).at("archive").as_object().contains("oldest"));
  CHECK_FALSE(
      status_json(dvr::Status{}).at("archive").as_object().contains("reaches_back_seconds"));
  using archive::Retention;
  status.archive.shortages = {{Retention::Limit::size, 1 << 20, 5 << 20, 3 << 20, 2 << 20, false},
                              {Retention::Limit::free, 9 << 20, 8 << 20, 0, 0, false},
                              {Retention::Limit::free, 9 << 20, 8 << 20, 0, 0, true}};
  status.archive.stopped = Retention::Stop::unlink_failed;
  const auto retention = status_json(status).at("archive").at("retention").as_object();
  CHECK(retention.at("shortage").as_string() == describe(status.archive.shortages));
  const auto& shortages = retention.at("shortages").as_array();
  CHECK(
      serialize(shortages.at(0)) ==
      R"({"code":"max_size","wanted":1048576,"possible":5242880,"protected":3145728,"in_use":2097152})");
  CHECK(shortages.at(1).at("code") == "min_free");
  CHECK(shortages.at(2).at("code") == "min_free_beyond_disk");
  CHECK(retention.at("stopped") == "a recording could not be deleted; it is tried again");
  CHECK(retention.at("stopped_code") == "delete_failed");
  status.archive.stopped = Retention::Stop::space_not_returned;
  CHECK(status_json(status).at("archive").at("retention").at("stopped_code") ==
        "space_not_returned");
}

TEST_CASE("Every state of the recorder has its name") {
  using S = dvr::RecorderState;
  const std::pair<S, const char*> names[] = {
      {S::idle, "idle"},           {S::starting, "starting"},
      {S::recording, "recording"}, {S::waiting_for_camera, "waiting_for_camera"},
      {S::stopping, "stopping"},   {S::failed, "failed"}};
  for (const auto& [state, name] : names) {
    dvr::Status status;
    status.recorder.state = state;
    status.recorder.detail = "why";
    CHECK(status_json(status).at("recorder").at("state") == name);
    CHECK(status_json(status).at("recorder").at("detail") == "why");
  }
}

TEST_CASE("Why nothing is recorded is told as a code, too") {
  const auto code = [](dvr::RecorderState state, bool full) {
    dvr::Status status;
    status.recorder.state = state;
    status.recorder.detail = "why";
    status.disk.full = full;
    return std::string(status_json(status).at("recorder").at("code").as_string());
  };
  CHECK(code(dvr::RecorderState::waiting_for_camera, false) == "no_camera");
  CHECK(code(dvr::RecorderState::failed, true) == "disk_full");
  CHECK(code(dvr::RecorderState::failed, false) == "unavailable");
  CHECK_FALSE(status_json(dvr::Status{}).at("recorder").as_object().contains("code"));
}

TEST_CASE("That the folder is not the one that was recorded to is told, recording or not") {
  dvr::Status status;
  CHECK_FALSE(status_json(status).at("disk").as_object().contains("code"));
  status.disk.wrong_folder = "not mounted";
  CHECK(status_json(status).at("disk").at("code") == "wrong_folder");
  CHECK(status_json(status).at("disk").at("detail") == "not mounted");
  status.recorder.state = dvr::RecorderState::failed;
  status.recorder.detail = "why";
  CHECK(status_json(status).at("recorder").at("code") == "wrong_folder");
}

TEST_CASE("A camera that does not deliver is told with the reason") {
  using P = dvr::CameraProblem;
  const std::pair<P, const char*> names[] = {{P::starting, "starting"},
                                             {P::not_connected, "not_connected"},
                                             {P::preview, "preview"},
                                             {P::silent, "silent"}};
  for (const auto& [problem, name] : names) {
    dvr::Status status;
    status.camera.problem = problem;
    CHECK(status_json(status).at("camera").at("problem") == name);
    CHECK(status_json(status).at("camera").at("code") == name);
    CHECK_FALSE(status_json(status).at("camera").as_object().contains("detail"));
  }
  CHECK_FALSE(status_json(while_recording()).at("camera").as_object().contains("problem"));
}

TEST_CASE("What is known more closely of a camera that does not deliver is told with its remedy") {
  for (const auto code : capture::named_trouble_codes()) {
    dvr::Status status;
    status.camera.problem = dvr::CameraProblem::not_connected;
    status.camera.trouble = {code, "motion has it", "end it", "motion (pid 7)"};
    const auto camera = status_json(status).at("camera").as_object();
    CHECK(camera.at("problem") == "not_connected");
    CHECK(camera.at("code").as_string() == capture::name_of(code));
    CHECK(camera.at("detail") == "motion has it");
    CHECK(camera.at("remedy") == "end it");
    CHECK(camera.at("holder") == "motion (pid 7)");
  }
}

TEST_CASE("What the stream says of why nothing comes is told, also where its code says no more") {
  dvr::Status status;
  status.camera.problem = dvr::CameraProblem::silent;
  status.camera.trouble.text = "no frame for 2.1 s";
  const auto camera = status_json(status).at("camera").as_object();
  CHECK(camera.at("code") == "silent");
  CHECK(camera.at("detail") == "no frame for 2.1 s");
  CHECK_FALSE(camera.contains("remedy"));
}

TEST_CASE("What always moves is no change") {
  const auto before = while_recording();
  auto after = before;
  CHECK(changes(before, after) == "none");
  after.uptime += 5;
  after.camera.last_frame_age = 0.03;
  after.camera.fps += 0.05;
  after.camera.bytes_per_second *= 1.04;
  after.time += seconds(5);  // and the archive reaches farther back
  CHECK(changes(before, after) == "none");
  after.camera.bytes_per_second = before.camera.bytes_per_second;
  after.time = before.time;
  after.camera.fps = before.camera.fps + 0.2;
  CHECK(changes(before, after) ==
        R"({"camera":{"fps":30.17,"last_frame_age":0.03},"uptime":128.4})");
}

TEST_CASE("A change carries only the fields that differ") {
  const auto before = while_recording();
  auto after = before;
  after.recorder.frames = 12400;
  CHECK(changes(before, after) == R"({"recorder":{"frames":12400}})");
}

TEST_CASE("A frame that never reached us is a change") {
  const auto before = while_recording();
  auto after = before;
  ++after.camera.missed_frames;
  CHECK(changes(before, after) == R"({"camera":{"missed_frames":23}})");
}

TEST_CASE("A field that is gone is told as null") {
  const auto before = while_recording();
  auto after = before;
  after.recording_wanted = false;
  after.current_file.clear();
  after.recording_started_at.reset();
  after.recorder.state = dvr::RecorderState::idle;
  CHECK(changes(before, after) ==
        R"({"recording":"stopped","recorder":{"state":"idle"},"current_file":null,)"
        R"("recording_started_at":null})");
}

TEST_CASE("A frame rate that drops to zero is a change however small it was") {
  auto before = while_recording();
  before.camera.fps = 0.05;
  auto after = before;
  after.camera.fps = 0;
  CHECK(changes(before, after) == R"({"camera":{"fps":0}})");
}

TEST_CASE("Health is 200 when all checks are fine") {
  auto status = while_recording();
  status.preview_check = {true, "30 frames a second"};
  const auto response = health_response(status);
  CHECK(response.status == http::Status::ok);
  const auto bytes = response.body.bytes();
  const auto body = json::parse(json::string_view(bytes.data(), bytes.size()));
  CHECK(body.at("status") == "ok");
  CHECK_FALSE(body.as_object().contains("detail"));
  CHECK(body.at("preview") == "running");
  CHECK(body.at("checks").at("preview").at("ok") == true);
  CHECK(body.at("checks").at("preview").at("detail") == "30 frames a second");
  CHECK(body.at("checks").at("recorder").at("ok") == true);
  CHECK(body.at("checks").at("disk").at("ok") == true);
}

TEST_CASE("Health is 503 and says what fails when one check does") {
  auto status = while_recording();
  status.preview_check = {false, "no frame for 6 s"};
  status.disk_check = {false, "full"};
  const auto response = health_response(status);
  CHECK(response.status == http::Status::service_unavailable);
  const auto bytes = response.body.bytes();
  const auto body = json::parse(json::string_view(bytes.data(), bytes.size()));
  CHECK(body.at("status") == "failing");
  CHECK(body.at("detail") == "preview: no frame for 6 s; disk: full");
  CHECK(body.at("checks").at("preview").at("ok") == false);
}
