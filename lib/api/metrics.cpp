#include "api/metrics.hpp"

#include "api/metrics_text.hpp"
#include "api/status.hpp"
#include "core/version.hpp"

#include <array>
#include <utility>

namespace minidvr::api {
namespace {

using Type = MetricsText::Type;

void add_program(MetricsText& text, const dvr::Status& status) {
  text.metric("mini_dvr_build_info", Type::gauge, "The program's version; always 1.")
      .value(true, {{"version", kVersion}});
  text.metric("mini_dvr_uptime_seconds", Type::gauge, "Since the start of the program.")
      .value(status.uptime);
  text.metric("mini_dvr_check_ok", Type::gauge, "The checks of /health: 1 is well, 0 fails.")
      .value(status.preview_check.ok, {{"check", "preview"}})
      .value(status.recorder_check.ok, {{"check", "recorder"}})
      .value(status.disk_check.ok, {{"check", "disk"}});
  text.metric("mini_dvr_page_ok", Type::gauge, "Whether the dashboard can be served.")
      .value(status.page_problem.empty());
}

void add_camera(MetricsText& text, const dvr::CameraStatus& camera) {
  text.metric("mini_dvr_camera_online", Type::gauge, "Whether frames come from the camera.")
      .value(camera.online);
  text.metric("mini_dvr_camera_frames_per_second", Type::gauge, "Measured over the last seconds.")
      .value(camera.fps);
  text.metric("mini_dvr_camera_bytes_per_second", Type::gauge, "Measured over the last seconds.")
      .value(camera.bytes_per_second);
  text.metric("mini_dvr_missed_frames_total", Type::counter,
              "Frames that were skipped before they reached this program.")
      .value(camera.missed_frames);
  text.metric("mini_dvr_stream_connections_total", Type::counter,
              "How often the stream was opened and brought a frame.")
      .value(camera.connections);
}

// Counts that go on over recordings.
void add_totals(MetricsText& text, const dvr::RecorderTotals& totals) {
  text.metric("mini_dvr_frames_total", Type::counter, "Frames that are safe on the disk.")
      .value(totals.frames);
  text.metric("mini_dvr_bytes_total", Type::counter, "Bytes of those frames.").value(totals.bytes);
  text.metric("mini_dvr_dropped_frames_total", Type::counter,
              "Frames that came and were lost, because the disk did not take them in time.")
      .value(totals.dropped_frames);
  text.metric("mini_dvr_segments_total", Type::counter, "Files that became whole.")
      .value(totals.segments);
  text.metric("mini_dvr_gaps_total", Type::counter,
              "How often the camera was lost while recording.")
      .value(totals.gaps);
  text.metric("mini_dvr_frame_to_disk_seconds", Type::histogram,
              "From the capture of a frame until it is safe on the disk.")
      .value(totals.time_to_disk);
  text.metric("mini_dvr_note_seconds", Type::histogram,
              "How long the disk took to tell what is written, and to note it.")
      .value(totals.note_time);
  text.metric("mini_dvr_sync_seconds", Type::histogram, "How long the disk took to make that safe.")
      .value(totals.sync_time);
}

void add_restarts(MetricsText& text, const dvr::Status& status) {
  using F = recording::MuxerFailure;
  constexpr std::array<std::pair<F, std::string_view>, recording::kMuxerFailures> kReasons = {
      {{F::not_started, "not_started"},
       {F::ended, "ended"},
       {F::hung, "hung"},
       {F::file, "file"},
       {F::disk, "disk"}}};
  text.metric("mini_dvr_restarts_total", Type::counter,
              "How often a child was started again, and why.");
  for (const auto& [failure, reason] : kReasons) {
    text.value(status.totals.restarts[static_cast<std::size_t>(failure)],
               {{"child", "ffmpeg"}, {"reason", reason}});
  }
  if (status.stream_port == 0) return;  // ustreamer is somebody else's
  text.value(status.camera.restarts_ended, {{"child", "ustreamer"}, {"reason", "ended"}})
      .value(status.camera.restarts_silent, {{"child", "ustreamer"}, {"reason", "silent"}});
}

void add_recorder(MetricsText& text, const dvr::Status& status) {
  using S = dvr::RecorderState;
  const auto& recorder = status.recorder;
  text.metric("mini_dvr_recording_wanted", Type::gauge, "Whether recording is switched on.")
      .value(status.recording_wanted);
  text.metric("mini_dvr_recorder_state", Type::gauge, "1 for the state that the recorder is in.");
  for (const auto state :
       {S::idle, S::starting, S::recording, S::waiting_for_camera, S::stopping, S::failed}) {
    text.value(recorder.state == state, {{"state", state_name(state)}});
  }
  text.metric("mini_dvr_buffered_frames", Type::gauge, "Frames that wait in memory for the disk.")
      .value(recorder.buffered_frames);
  text.metric("mini_dvr_recovering_segments", Type::gauge,
              "Files of earlier runs that are not whole yet.")
      .value(recorder.recovering);
}

void add_disk(MetricsText& text, const dvr::DiskStatus& disk) {
  text.metric("mini_dvr_disk_free_bytes", Type::gauge, "Free space where recordings go.")
      .value(disk.free);
  text.metric("mini_dvr_disk_size_bytes", Type::gauge, "The whole of that disk.").value(disk.total);
  text.metric("mini_dvr_disk_full", Type::gauge, "Whether recording waits for room.")
      .value(disk.full);
}

void add_archive(MetricsText& text, const dvr::ArchiveStatus& archive) {
  text.metric("mini_dvr_archive_recordings", Type::gauge, "Files that have been recorded.")
      .value(std::uint64_t{archive.recordings});
  text.metric("mini_dvr_archive_bytes", Type::gauge, "Bytes of those files.").value(archive.bytes);
  text.metric("mini_dvr_archive_protected_bytes", Type::gauge, "Bytes of those that stay.")
      .value(archive.protected_bytes);
  text.metric("mini_dvr_archive_video_seconds", Type::gauge, "Length of all of them.")
      .value(archive.seconds_kept);
  text.metric("mini_dvr_archive_complete", Type::gauge,
              "Whether all files have been looked at; else there may be more.")
      .value(archive.complete);
  text.metric("mini_dvr_archive_limit_kept", Type::gauge,
              "0 when a limit of what is kept can not be kept, or nothing is deleted.")
      .value(archive.shortages.empty() && archive.stopped == archive::Retention::Stop::none);
  if (!archive.oldest) return;
  text.metric("mini_dvr_archive_oldest_timestamp_seconds", Type::gauge,
              "Start of the oldest recording, since 1970.")
      .value(std::chrono::duration<double>(archive.oldest->time_since_epoch()).count());
}

void add_clients(MetricsText& text, const dvr::ClientStatus& clients) {
  text.metric("mini_dvr_http_connections", Type::gauge,
              "Connections to the page's port that are open, WebSockets among them.")
      .value(std::uint64_t{clients.connections});
  text.metric("mini_dvr_websocket_clients", Type::gauge, "WebSockets that are open.")
      .value(std::uint64_t{clients.websockets});
}

}  // namespace

std::string metrics_text(const dvr::Status& status) {
  MetricsText text;
  add_program(text, status);
  add_camera(text, status.camera);
  add_totals(text, status.totals);
  add_restarts(text, status);
  add_recorder(text, status);
  add_disk(text, status.disk);
  add_archive(text, status.archive);
  add_clients(text, status.clients);
  return text.text();
}

void add_metrics(http::Router& router, StatusSource status) {
  router.get("/metrics", http::Role::view,
             [status = std::move(status)](const http::Request&) -> Task<Result<http::Response>> {
               http::Response response;
               response.content_type = MetricsText::kContentType;
               response.body = metrics_text(status());
               response.headers.emplace_back("Cache-Control", "no-store");
               co_return response;
             });
}

}  // namespace minidvr::api
