#include "api/status.hpp"

#include "core/version.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include <boost/json/value.hpp>

namespace minidvr::api {
namespace json = boost::json;
namespace {

constexpr double kFpsSteps = 100;    // 0.01 frames a second
constexpr double kAgeSteps = 1000;   // a millisecond
constexpr double kUptimeSteps = 10;  // a tenth of a second
constexpr double kRateSteps = 1e-3;  // a kilobyte a second

json::value rounded(double value, double steps) {
  return std::round(value * steps) / steps;
}

std::string_view name_of(dvr::CameraProblem problem) {
  using P = dvr::CameraProblem;
  switch (problem) {
    case P::starting:
      return "starting";
    case P::not_connected:
      return "not_connected";
    case P::preview:
      return "preview";
    default:
      return "silent";
  }
}

const char* running(bool yes) {
  return yes ? "running" : "stopped";
}

json::object camera_json(const dvr::CameraStatus& camera) {
  json::object object;
  object["online"] = camera.online;
  if (camera.problem != dvr::CameraProblem::none) {
    const auto& trouble = camera.trouble;
    const bool is_known = trouble.code != capture::TroubleCode::none;
    object["problem"] = name_of(camera.problem);
    object["code"] = is_known ? capture::name_of(trouble.code) : name_of(camera.problem);
    if (!trouble.text.empty()) object["detail"] = trouble.text;
    if (!trouble.remedy.empty()) object["remedy"] = trouble.remedy;
    if (!trouble.holder.empty()) object["holder"] = trouble.holder;
    if (!trouble.group.empty()) object["group"] = trouble.group;
    if (!trouble.offers.empty()) object["offers"] = trouble.offers;
  }
  object["device"] = camera.device;
  if (camera.device_reason != capture::NodeReason::as_configured) {
    object["configured_device"] = camera.configured_device;
    object["device_reason"] = capture::name_of(camera.device_reason);
  }
  object["width"] = camera.width;
  object["height"] = camera.height;
  object["fps"] = rounded(camera.fps, kFpsSteps);
  object["last_frame_age"] =
      camera.last_frame_age ? rounded(*camera.last_frame_age, kAgeSteps) : json::value(nullptr);
  object["missed_frames"] = camera.missed_frames;
  object["bytes_per_second"] = rounded(camera.bytes_per_second, kRateSteps);
  object["connections"] = camera.connections;
  return object;
}

// Of what the detail says.
Reason recorder_reason(const dvr::RecorderStatus& recorder, const dvr::DiskStatus& disk) {
  if (recorder.state == dvr::RecorderState::waiting_for_camera) return Reason::no_camera;
  if (!disk.wrong_folder.empty()) return Reason::wrong_folder;
  return disk.full ? Reason::disk_full : Reason::unavailable;
}

json::object recorder_json(const dvr::RecorderStatus& recorder, const dvr::DiskStatus& disk) {
  json::object object;
  object["state"] = state_name(recorder.state);
  if (!recorder.detail.empty()) {
    object["code"] = minidvr::name_of(recorder_reason(recorder, disk));
    object["detail"] = recorder.detail;
  }
  object["seconds"] = rounded(recorder.seconds, kUptimeSteps);
  object["frames"] = recorder.frames;
  object["bytes"] = recorder.bytes;
  object["dropped_frames"] = recorder.dropped_frames;
  object["buffered_frames"] = recorder.buffered_frames;
  object["segments"] = recorder.segments;
  object["gaps"] = recorder.gaps;
  object["restarts"] = recorder.restarts;
  object["recovering"] = recorder.recovering;
  return object;
}

json::object disk_json(const dvr::DiskStatus& disk) {
  json::object object;
  object["free"] = disk.free;
  object["total"] = disk.total;
  object["seconds_left"] =
      disk.seconds_left ? rounded(*disk.seconds_left, 1) : json::value(nullptr);
  object["full"] = disk.full;
  if (!disk.wrong_folder.empty()) {
    object["code"] = minidvr::name_of(Reason::wrong_folder);
    object["detail"] = disk.wrong_folder;
  }
  return object;
}

json::array shortages_json(const std::vector<archive::Retention::Shortage>& shortages) {
  json::array array;
  for (const auto& one : shortages) {
    array.push_back(json::object{{"code", archive::name_of(one)},
                                 {"wanted", one.wanted},
                                 {"possible", one.possible},
                                 {"protected", one.is_protected},
                                 {"in_use", one.in_use}});
  }
  return array;
}

json::object archive_json(const dvr::ArchiveStatus& archive, WallTime now) {
  json::object retention;
  retention["max_age_days"] = archive.max_age_days;
  retention["max_size"] = archive.max_size;
  retention["min_free"] = archive.min_free;
  if (!archive.shortages.empty()) {
    retention["shortage"] = describe(archive.shortages);
    retention["shortages"] = shortages_json(archive.shortages);
  }
  if (archive.stopped != archive::Retention::Stop::none) {
    retention["stopped"] = describe(archive.stopped);
    retention["stopped_code"] = archive::name_of(archive.stopped);
  }
  json::object object;
  object["recordings"] = archive.recordings;
  object["bytes"] = archive.bytes;
  object["protected_bytes"] = archive.protected_bytes;
  object["seconds_kept"] = rounded(archive.seconds_kept, 1);
  if (archive.oldest) {
    object["oldest"] = iso8601(*archive.oldest);
    object["reaches_back_seconds"] = rounded(to_seconds(now - *archive.oldest), 1);
  }
  object["complete"] = archive.complete;
  object["retention"] = std::move(retention);
  return object;
}

json::object page_json(const std::string& problem) {
  json::object object;
  object["ok"] = problem.empty();
  if (!problem.empty()) object["detail"] = problem;
  return object;
}

json::object certificate_json(const dvr::CertificateStatus& certificate) {
  json::object object;
  object["expires"] = iso8601(certificate.expires);
  if (!certificate.code.empty()) object["code"] = certificate.code;
  object["problem"] = certificate.problem;
  return object;
}

}  // namespace

const char* state_name(dvr::RecorderState state) {
  using S = dvr::RecorderState;
  switch (state) {
    case S::idle:
      return "idle";
    case S::starting:
      return "starting";
    case S::recording:
      return "recording";
    case S::waiting_for_camera:
      return "waiting_for_camera";
    case S::stopping:
      return "stopping";
    case S::failed:
      return "failed";
  }
  return "failed";
}

json::object status_json(const dvr::Status& status) {
  json::object object;
  object["preview"] = running(status.preview_running);
  object["recording"] = running(status.recording_wanted);
  if (!status.current_file.empty()) object["current_file"] = status.current_file;
  if (status.recording_started_at) {
    object["recording_started_at"] = iso8601(*status.recording_started_at);
  }
  object["camera"] = camera_json(status.camera);
  object["recorder"] = recorder_json(status.recorder, status.disk);
  object["disk"] = disk_json(status.disk);
  object["archive"] = archive_json(status.archive, status.time);
  object["page"] = page_json(status.page_problem);
  if (status.certificate) object["certificate"] = certificate_json(*status.certificate);
  object["stream_port"] = status.stream_port;
  object["version"] = kVersion;
  object["time"] = iso8601(status.time);
  object["uptime"] = rounded(status.uptime, kUptimeSteps);
  return object;
}

void add_status(http::Router& router, StatusSource status) {
  router.get("/status", http::Role::view,
             [status = std::move(status)](const http::Request&) -> Task<Result<http::Response>> {
               auto response = http::json_response(status_json(status()));
               response.headers.emplace_back("Cache-Control", "no-store");
               co_return response;
             });
}

}  // namespace minidvr::api
