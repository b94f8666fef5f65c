#include "api/metrics.hpp"

#include "api/metrics_text.hpp"
#include "core/version.hpp"
#include "support/metrics_page.hpp"

#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::api;
using test::MetricsPage;

namespace {

dvr::Status busy_recorder() {
  dvr::Status status;
  status.recording_wanted = true;
  status.camera.online = true;
  status.camera.fps = 29.97;
  status.camera.bytes_per_second = 3.6e6;
  status.camera.missed_frames = 22;
  status.camera.connections = 3;
  status.camera.restarts_ended = 4;
  status.camera.restarts_silent = 5;
  status.recorder.state = dvr::RecorderState::recording;
  status.recorder.frames = 10;  // of this recording
  status.recorder.buffered_frames = 6;
  status.recorder.recovering = 7;
  status.totals = {12345, 123456789012, 8, 9, 10, {11, 12, 13, 14, 15}, {}, {}, {}};
  status.totals.sync_time.add(std::chrono::milliseconds(3));
  status.totals.sync_time.add(std::chrono::milliseconds(300));
  status.totals.sync_time.add(std::chrono::seconds(12));
  status.disk = {1 << 30, 1ULL << 40, 100.0, true};
  status.archive.recordings = 16;
  status.archive.bytes = 17;
  status.archive.protected_bytes = 18;
  status.archive.seconds_kept = 19.5;
  status.archive.oldest = WallTime(std::chrono::milliseconds(1795425155785));
  status.archive.shortages.push_back({archive::Retention::Limit::free});
  status.clients = {20, 2};
  status.certificate = {WallTime(std::chrono::seconds(1798000000)), "", ""};
  status.stream_port = 8000;
  status.uptime = 123.456;
  status.disk_check = {false, "full"};
  return status;
}

ClientCounts busy_clients() {
  ClientCounts clients;
  clients.traffic.count_answer("/api", 200);
  clients.traffic.count_answer("/api", 202);
  clients.traffic.count_answer("/api", 404);
  clients.traffic.count_answer("/ws", 101);
  clients.traffic.count_answer(http::Traffic::kNoRoute, 421);
  clients.traffic.connections_taken = 31;
  clients.traffic.connections_refused = 32;
  clients.traffic.connections_made_room = 33;
  clients.traffic.streams_refused = 34;
  clients.traffic.hosts_refused = 35;
  clients.traffic.pages_refused = 36;
  clients.traffic.websockets_left_behind = 37;
  clients.commands.by_command["start"] = {41, 42, 43};
  clients.logins = {51, 52, 56, 53, 54, 55};
  return clients;
}

}  // namespace

TEST_CASE("What clients did is told by outcome") {
  const MetricsPage page(metrics_text(busy_recorder(), busy_clients()));
  const std::pair<const char*, double> expected[] = {
      {R"(http_requests_total{route="/api",status="2xx"})", 2},
      {R"(http_requests_total{route="/api",status="4xx"})", 1},
      {R"(http_requests_total{route="/api",status="5xx"})", 0},
      {R"(http_requests_total{route="/ws",status="1xx"})", 1},
      {R"(http_requests_total{route="none",status="4xx"})", 1},
      {"http_connections_taken_total", 31},
      {R"(http_refused_total{reason="connections"})", 32},
      {R"(http_connections_closed_total{reason="made_room"})", 33},
      {R"(http_refused_total{reason="streams"})", 34},
      {R"(http_refused_total{reason="host"})", 35},
      {R"(http_refused_total{reason="page"})", 36},
      {R"(http_connections_closed_total{reason="unread"})", 37},
      {R"(websocket_commands_total{command="start",outcome="taken"})", 41},
      {R"(websocket_commands_total{command="start",outcome="refused"})", 42},
      {R"(websocket_commands_total{command="start",outcome="failed"})", 43},
      {R"(logins_total{outcome="right"})", 51},
      {R"(logins_total{outcome="wrong"})", 52},
      {R"(logins_total{outcome="wrong_token"})", 56},
      {R"(logins_total{outcome="too_soon"})", 53},
      {R"(logins_total{outcome="busy"})", 54},
      {R"(http_refused_total{reason="network"})", 55}};
  for (const auto& [series, count] : expected) {
    CAPTURE(series);
    CHECK(page.at("mini_dvr_" + std::string(series)) == count);
  }
  CHECK_FALSE(page.has(R"(mini_dvr_http_requests_total{route="/api",status="1xx"})"));
}

TEST_CASE("All that the status counts is told to Prometheus, in its format") {
  const MetricsPage page(metrics_text(busy_recorder()));
  CHECK(page.at("mini_dvr_build_info{version=\"" + std::string(kVersion) + "\"}") == 1);
  CHECK(page.at("mini_dvr_uptime_seconds") == Approx(123.456));
  CHECK(page.at(R"(mini_dvr_check_ok{check="preview"})") == 1);
  CHECK(page.at(R"(mini_dvr_check_ok{check="recorder"})") == 1);
  CHECK(page.at(R"(mini_dvr_check_ok{check="disk"})") == 0);
  CHECK(page.at("mini_dvr_page_ok") == 1);
  CHECK(page.at("mini_dvr_camera_online") == 1);
  CHECK(page.at("mini_dvr_camera_frames_per_second") == Approx(29.97));
  CHECK(page.at("mini_dvr_camera_bytes_per_second") == Approx(3.6e6));
  CHECK(page.at("mini_dvr_missed_frames_total") == 22);
  CHECK(page.at("mini_dvr_stream_connections_total") == 3);
  CHECK(page.at("mini_dvr_frames_total") == 12345);
  CHECK(page.at("mini_dvr_bytes_total") == 123456789012.0);
  CHECK(page.at("mini_dvr_dropped_frames_total") == 8);
  CHECK(page.at("mini_dvr_segments_total") == 9);
  CHECK(page.at("mini_dvr_gaps_total") == 10);
  CHECK(page.at(R"(mini_dvr_sync_seconds_bucket{le="0.001"})") == 0);
  CHECK(page.at(R"(mini_dvr_sync_seconds_bucket{le="0.005"})") == 1);
  CHECK(page.at(R"(mini_dvr_sync_seconds_bucket{le="0.5"})") == 2);
  CHECK(page.at(R"(mini_dvr_sync_seconds_bucket{le="10"})") == 2);
  CHECK(page.at(R"(mini_dvr_sync_seconds_bucket{le="+Inf"})") == 3);
  CHECK(page.at("mini_dvr_sync_seconds_sum") == Approx(12.303));
  CHECK(page.at("mini_dvr_frame_to_disk_seconds_count") == 0);
  CHECK(page.at("mini_dvr_recording_wanted") == 1);
  CHECK(page.at(R"(mini_dvr_recorder_state{state="recording"})") == 1);
  CHECK(page.at(R"(mini_dvr_recorder_state{state="waiting_for_camera"})") == 0);
  CHECK(page.at("mini_dvr_buffered_frames") == 6);
  CHECK(page.at("mini_dvr_recovering_segments") == 7);
  CHECK(page.at("mini_dvr_disk_free_bytes") == 1 << 30);
  CHECK(page.at("mini_dvr_disk_size_bytes") == double(1ULL << 40));
  CHECK(page.at("mini_dvr_disk_full") == 1);
  CHECK(page.at("mini_dvr_archive_recordings") == 16);
  CHECK(page.at("mini_dvr_archive_bytes") == 17);
  CHECK(page.at("mini_dvr_archive_protected_bytes") == 18);
  CHECK(page.at("mini_dvr_archive_video_seconds") == Approx(19.5));
  CHECK(page.at("mini_dvr_archive_complete") == 0);
  CHECK(page.at("mini_dvr_archive_limit_kept") == 0);
  CHECK(page.at("mini_dvr_archive_oldest_timestamp_seconds") == Approx(1795425155.785));
  CHECK(page.at("mini_dvr_certificate_expiry_timestamp_seconds") == 1798000000.0);
  CHECK(page.at("mini_dvr_http_connections") == 20);
  CHECK(page.at("mini_dvr_websocket_clients") == 2);
}

TEST_CASE("Alerts and dashboard ask for nothing that is not told") {
  std::set<std::string> told;
  const MetricsPage page(metrics_text(busy_recorder(), busy_clients()));
  for (const auto& [series, value] : page.values())
    told.insert(series.substr(0, series.find('{')));
  const std::regex metric("mini_dvr_[a-z_]+");
  for (const char* file : {"prometheus-alerts.yml", "grafana-dashboard.json"}) {
    CAPTURE(file);
    std::ifstream stream(std::string(MINIDVR_FIXTURES) + "/../../config/" + file);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    std::size_t asked = 0;
    for (std::sregex_iterator found(text.begin(), text.end(), metric), end; found != end; ++found) {
      CAPTURE(found->str());
      CHECK(told.contains(found->str()));
      ++asked;
    }
    CHECK(asked > 0);
  }
}

TEST_CASE("Restarts are told by child and reason") {
  const MetricsPage page(metrics_text(busy_recorder()));
  const std::pair<const char*, double> expected[] = {
      {R"(child="ffmpeg",reason="not_started")", 11}, {R"(child="ffmpeg",reason="ended")", 12},
      {R"(child="ffmpeg",reason="hung")", 13},        {R"(child="ffmpeg",reason="file")", 14},
      {R"(child="ffmpeg",reason="disk")", 15},        {R"(child="ustreamer",reason="ended")", 4},
      {R"(child="ustreamer",reason="silent")", 5}};
  for (const auto& [labels, count] : expected)
    CHECK(page.at("mini_dvr_restarts_total{" + std::string(labels) + "}") == count);
}

TEST_CASE("What there is none of is not told as zero") {
  const MetricsPage page(metrics_text(dvr::Status{}));
  CHECK_FALSE(page.has("mini_dvr_archive_oldest_timestamp_seconds"));
  CHECK_FALSE(page.has("mini_dvr_certificate_expiry_timestamp_seconds"));
  CHECK_FALSE(page.has(R"(mini_dvr_restarts_total{child="ustreamer",reason="ended"})"));
  CHECK(page.at("mini_dvr_archive_limit_kept") == 1);
}

TEST_CASE("Labels and helps are escaped, and numbers are written as Prometheus reads them") {
  MetricsText text;
  text.metric("a_total", MetricsText::Type::counter, "one\\two\nthree")
      .value(std::uint64_t{18446744073709551615ULL}, {{"x", "say \"no\"\\\n"}, {"y", ""}});
  text.metric("b", MetricsText::Type::gauge, "b")
      .value(std::numeric_limits<double>::infinity(), {{"of", "inf"}})
      .value(-std::numeric_limits<double>::infinity(), {{"of", "-inf"}})
      .value(std::numeric_limits<double>::quiet_NaN(), {{"of", "nan"}})
      .value(1.5e-9, {{"of", "small"}})
      .value(false);
  CHECK(text.text() ==
        "# HELP a_total one\\\\two\\nthree\n# TYPE a_total counter\n"
        "a_total{x=\"say \\\"no\\\"\\\\\\n\",y=\"\"} 18446744073709551615\n"
        "# HELP b b\n# TYPE b gauge\n"
        "b{of=\"inf\"} +Inf\nb{of=\"-inf\"} -Inf\nb{of=\"nan\"} NaN\nb{of=\"small\"} 1.5e-09\n"
        "b 0\n");
  CHECK_NOTHROW(MetricsPage(text.text()));
}

TEST_CASE("The reader of these tests takes nothing but the format") {
  for (const char* wrong :
       {"", "a 1\n", "# HELP a x\n# TYPE a gauge\na 1", "# TYPE a gauge\na 1\n",
        "# HELP a x\n# TYPE a gauge\n", "# HELP a x\n# TYPE a gauge\na  1\n",
        "# HELP a x\n# TYPE a gauge\na one\n", "# HELP a x\n# TYPE a gauge\na 1\na 1\n",
        "# HELP a x\n# TYPE a counter\na 1\n",
        "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n",
        "# HELP a_total x\n# TYPE a_total counter\na_total -1\n",
        "# HELP a x\n# TYPE a gauge\na{b=\"\n\"} 1\n", "# HELP a x\n# TYPE a gauge\na{} 1\n",
        "# HELP a x\n# TYPE a histogram\na 1\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n"
        "a_sum 1\na_count 1\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n",
        "# HELP a x\n# TYPE a gauge\na 1\n# HELP b x\n# TYPE b gauge\nb 1\na{c=\"d\"} 1\n"}) {
    CAPTURE(wrong);
    CHECK_THROWS(MetricsPage(wrong));
  }
}

TEST_CASE("How much is free is left out where the disk does not tell, so that no alert fires") {
  auto status = busy_recorder();
  status.disk.free = 0;
  status.disk.total = 0;
  const MetricsPage page(metrics_text(status));
  CHECK_FALSE(page.has("mini_dvr_disk_free_bytes"));
  CHECK_FALSE(page.has("mini_dvr_disk_size_bytes"));
}
