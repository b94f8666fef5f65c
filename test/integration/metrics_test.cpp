// GET /metrics of a recorder that runs.

#include "integration/http/raw_client.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"
#include "support/metrics_page.hpp"

#include <csignal>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

constexpr const char* kFrames = "mini_dvr_frames_total";
constexpr const char* kFfmpegEnded = R"(mini_dvr_restarts_total{child="ffmpeg",reason="ended"})";
constexpr const char* kUstreamerEnded =
    R"(mini_dvr_restarts_total{child="ustreamer",reason="ended"})";

MetricsPage metrics(const Service& service) {
  const auto answer = get(service.app_port(), "/metrics");
  REQUIRE(answer.status == 200);
  REQUIRE(answer.content_type == "text/plain; version=0.0.4; charset=utf-8");
  return MetricsPage(answer.body);
}

bool comes_to(const Service& service, const std::string& series,
              const std::function<bool(double)>& wanted) {
  return wait_until([&] { return wanted(metrics(service).at(series)); }, kPatience);
}

// No counter of `after` is behind that of `before`.
void check_counters_go_on(const MetricsPage& before, const MetricsPage& after) {
  for (const auto& [series, value] : before.values()) {
    if (!before.is_counter(series)) continue;
    CAPTURE(series);
    CHECK(after.at(series) >= value);
  }
}

}  // namespace

TEST_CASE("counters move while it records, and go on in the next recording") {
  Service service;
  REQUIRE(service.online());
  const auto idle = metrics(service);
  CHECK(idle.at(kFrames) == 0);
  CHECK(idle.at("mini_dvr_recording_wanted") == 0);
  CHECK(idle.at(R"(mini_dvr_recorder_state{state="idle"})") == 1);
  CHECK(idle.at("mini_dvr_camera_online") == 1);
  CHECK(comes_to(service, "mini_dvr_camera_frames_per_second", [](double fps) { return fps > 0; }));
  CHECK(idle.at("mini_dvr_http_connections") >= 1);  // this one
  service.command("start");
  REQUIRE(comes_to(service, kFrames, [](double frames) { return frames > 0; }));
  CHECK(metrics(service).at(R"(mini_dvr_recorder_state{state="recording"})") == 1);
  service.command("stop");
  const auto first = metrics(service);
  check_counters_go_on(idle, first);
  CHECK(first.at(kFrames) ==
        static_cast<double>(service.recorder().at("frames").to_number<std::int64_t>()));
  CHECK(first.at("mini_dvr_bytes_total") ==
        static_cast<double>(service.recorder().at("bytes").to_number<std::int64_t>()));
  CHECK(first.at("mini_dvr_segments_total") == 1);
  CHECK(first.at("mini_dvr_frame_to_disk_seconds_count") == first.at(kFrames));
  CHECK(first.at("mini_dvr_frame_to_disk_seconds_sum") > 0);
  CHECK(first.at("mini_dvr_sync_seconds_count") > 0);

  service.command("start");
  REQUIRE(comes_to(service, kFrames, [&](double frames) { return frames > first.at(kFrames); }));
  service.command("stop");
  const auto second = metrics(service);
  check_counters_go_on(first, second);
  const auto of_second =
      static_cast<double>(service.recorder().at("frames").to_number<std::int64_t>());
  CHECK(second.at(kFrames) == first.at(kFrames) + of_second);
  CHECK(second.at("mini_dvr_segments_total") == 2);
  CHECK(comes_to(service, "mini_dvr_archive_recordings", [](double files) { return files == 2; }));
}

TEST_CASE("a child that is killed counts as one restart, by its name and the reason") {
  Service service({"--segment-seconds", "600"});
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service, kPatience));
  const auto before = metrics(service);
  CHECK(before.at(kFfmpegEnded) == 0);
  CHECK(before.at(kUstreamerEnded) == 0);
  const auto ffmpeg = service.ffmpeg();
  REQUIRE(ffmpeg);
  ::kill(*ffmpeg, SIGKILL);
  CHECK(comes_to(service, kFfmpegEnded, [](double count) { return count == 1; }));
  const auto ustreamer = service.ustreamer();
  REQUIRE(ustreamer);
  ::kill(*ustreamer, SIGKILL);
  CHECK(comes_to(service, kUstreamerEnded, [](double count) { return count == 1; }));
  CHECK(comes_to(service, "mini_dvr_gaps_total", [](double gaps) { return gaps >= 1; }));
  service.command("stop");
  check_counters_go_on(before, metrics(service));
}

TEST_CASE("requests, commands and refusals are counted by what became of them") {
  Service service({"--resolution", "640x480"});
  const auto count = [&](const std::string& series) {
    return metrics(service).at("mini_dvr_" + series);
  };
  const std::string other_name = "GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n";
  const std::string none = R"(http_requests_total{route="none",status="4xx"})";
  const std::string start = R"(websocket_commands_total{command="start",outcome="taken"})";
  const std::string mistaken = R"(websocket_commands_total{command="none",outcome="failed"})";
  const auto answered = count(R"(http_requests_total{route="/status",status="2xx"})");
  const auto taken = count("http_connections_taken_total");
  CHECK(count(none) == 0);
  CHECK(count(start) == 0);
  get(service.app_port(), "/status");
  CHECK(count(R"(http_requests_total{route="/status",status="2xx"})") == answered + 1);
  get(service.app_port(), "/nothing");
  CHECK(count(none) == 1);
  RawClient(service.app_port()).send("nonsense\r\n\r\n");
  CHECK(comes_to(service, "mini_dvr_" + none, [](double now) { return now == 2; }));
  RawClient stranger(service.app_port());
  stranger.send(other_name);
  CHECK(stranger.response().status_line == k421);
  CHECK(count(none) == 3);
  CHECK(count(R"(http_refused_total{reason="host"})") == 1);
  CHECK(count("http_connections_taken_total") > taken + 4);
  service.command("start");
  service.command("stop");
  WebSocket socket(service.app_port());
  socket.send("nonsense");
  REQUIRE(socket.await("error"));
  CHECK(count(start) == 1);
  CHECK(count(mistaken) == 1);
  CHECK(count(R"(http_requests_total{route="/ws",status="1xx"})") == 3);
  CHECK(count(R"(logins_total{outcome="wrong"})") == 0);
  CHECK(count(R"(logins_total{outcome="wrong_token"})") == 0);
}

TEST_CASE("a check that fails, and who is connected, is told to Prometheus, too") {
  Service service;
  REQUIRE(service.online());
  CHECK(metrics(service).at("mini_dvr_websocket_clients") == 0);
  const WebSocket page(service.app_port());
  CHECK(comes_to(service, "mini_dvr_websocket_clients", [](double count) { return count == 1; }));
  CHECK(metrics(service).at("mini_dvr_http_connections") >= 2);
  service.camera().unplug();
  CHECK(comes_to(service, R"(mini_dvr_check_ok{check="preview"})",
                 [](double ok) { return ok == 0; }));
  CHECK(metrics(service).at("mini_dvr_camera_online") == 0);
}
