#include "api/metrics.hpp"

#include "api/metrics_text.hpp"
#include "api/status.hpp"
#include "core/version.hpp"

#include <array>
#include <chrono>
#include <optional>
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

double since_1970(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// Only while one is served: an alert is not to fire where there is none.
void add_certificate(MetricsText& text, const std::optional<dvr::CertificateStatus>& certificate) {
  if (!certificate) return;
  text.metric("mini_dvr_certificate_expiry_timestamp_seconds", Type::gauge,
              "Until when the certificate is good that https is served by, since 1970.")
      .value(since_1970(certificate->expires));
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
  // An alert on little space is not to fire where nobody knows.
  if (disk.total > 0) {
    text.metric("mini_dvr_disk_free_bytes", Type::gauge, "Free space where recordings go.")
        .value(disk.free);
    text.metric("mini_dvr_disk_size_bytes", Type::gauge, "The whole of that disk.")
        .value(disk.total);
  }
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
              "0 while files are still being looked at; 1 also where the disk does not list them.")
      .value(archive.complete);
  text.metric("mini_dvr_archive_limit_kept", Type::gauge,
              "0 when a limit of what is kept can not be kept, or nothing is deleted.")
      .value(archive.shortages.empty() && archive.stopped == archive::Retention::Stop::none);
  if (!archive.oldest) return;
  text.metric("mini_dvr_archive_oldest_timestamp_seconds", Type::gauge,
              "Start of the oldest recording, since 1970.")
      .value(since_1970(*archive.oldest));
}

void add_clients(MetricsText& text, const dvr::ClientStatus& clients) {
  text.metric("mini_dvr_http_connections", Type::gauge,
              "Connections to the page's port that are open, WebSockets among them.")
      .value(std::uint64_t{clients.connections});
  text.metric("mini_dvr_websocket_clients", Type::gauge, "WebSockets that are open.")
      .value(std::uint64_t{clients.websockets});
}

void add_traffic(MetricsText& text, const http::Traffic& traffic) {
  constexpr std::array<std::string_view, 5> kClasses = {"1xx", "2xx", "3xx", "4xx", "5xx"};
  text.metric("mini_dvr_http_requests_total", Type::counter,
              "Requests that were answered, by the beginning of their path and the class of the "
              "status; none: they are for nothing that is here, or were refused before.");
  for (const auto& [route, by_class] : traffic.answers) {
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
      // Told as 0, too, so that the first one shows as an increase; few have the others at all.
      const bool is_common = i == 1 || i >= 3;
      if (!is_common && by_class[i] == 0) continue;
      text.value(by_class[i], {{"route", route}, {"status", kClasses[i]}});
    }
  }
  text.metric("mini_dvr_http_connections_taken_total", Type::counter,
              "Connections that were let in.")
      .value(traffic.connections_taken);
  text.metric("mini_dvr_http_connections_closed_total", Type::counter,
              "Connections that had to go: idle ones for others, WebSockets that did not read.")
      .value(traffic.connections_made_room, {{"reason", "made_room"}})
      .value(traffic.websockets_left_behind, {{"reason", "unread"}});
}

void add_refusals(MetricsText& text, const ClientCounts& clients) {
  text.metric("mini_dvr_http_refused_total", Type::counter,
              "What was refused, and why: too many connections or streams at once, a host that is "
              "none of ours, a page of another site, or a network that may not ask.")
      .value(clients.traffic.connections_refused, {{"reason", "connections"}})
      .value(clients.traffic.streams_refused, {{"reason", "streams"}})
      .value(clients.traffic.hosts_refused, {{"reason", "host"}})
      .value(clients.traffic.pages_refused, {{"reason", "page"}})
      .value(clients.logins.networks_refused, {{"reason", "network"}});
  text.metric("mini_dvr_logins_total", Type::counter,
              "Passwords that were shown, and wrong tokens; too_soon and busy were not looked at.")
      .value(clients.logins.right, {{"outcome", "right"}})
      .value(clients.logins.wrong, {{"outcome", "wrong"}})
      .value(clients.logins.wrong_tokens, {{"outcome", "wrong_token"}})
      .value(clients.logins.too_soon, {{"outcome", "too_soon"}})
      .value(clients.logins.busy, {{"outcome", "busy"}});
}

void add_commands(MetricsText& text, const CommandCounts& commands) {
  if (commands.by_command.empty()) return;
  text.metric("mini_dvr_websocket_commands_total", Type::counter,
              "Commands of WebSockets by what became of them; none: not understood.");
  for (const auto& [command, outcomes] : commands.by_command) {
    text.value(outcomes.taken, {{"command", command}, {"outcome", "taken"}})
        .value(outcomes.refused, {{"command", command}, {"outcome", "refused"}})
        .value(outcomes.failed, {{"command", command}, {"outcome", "failed"}});
  }
}

}  // namespace

std::string metrics_text(const dvr::Status& status, const ClientCounts& clients) {
  MetricsText text;
  add_program(text, status);
  add_certificate(text, status.certificate);
  add_camera(text, status.camera);
  add_totals(text, status.totals);
  add_restarts(text, status);
  add_recorder(text, status);
  add_disk(text, status.disk);
  add_archive(text, status.archive);
  add_clients(text, status.clients);
  add_traffic(text, clients.traffic);
  add_refusals(text, clients);
  add_commands(text, clients.commands);
  return text.text();
}

void add_metrics(http::Router& router, StatusSource status, std::function<ClientCounts()> clients) {
  router.get("/metrics", http::Role::view,
             [status = std::move(status),
              clients = std::move(clients)](const http::Request&) -> Task<Result<http::Response>> {
               http::Response response;
               response.content_type = MetricsText::kContentType;
               response.body = metrics_text(status(), clients());
               response.headers.emplace_back("Cache-Control", "no-store");
               co_return response;
             });
}

}  // namespace minidvr::api
