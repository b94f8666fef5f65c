#include "doctor/status_text.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr::doctor;
namespace json = boost::json;

namespace {

json::object document(const char* text) {
  return json::parse(text).as_object();
}

json::object while_recording() {
  return document(R"({"status":"ok","preview":"running","recording":"running",
    "current_file":"20261123_101000.mp4","recording_started_at":"2026-11-23T10:07:12.345+01:00",
    "camera":{"online":true,"device":"/dev/video0","width":1280,"height":720,"fps":29.97,
              "last_frame_age":0.021,"missed_frames":22},
    "recorder":{"state":"recording","seconds":192.4,"frames":12345,"bytes":1288490188,
                "dropped_frames":1,"gaps":2},
    "disk":{"free":13207024435,"total":34359738368,"seconds_left":7500},
    "archive":{"recordings":3,"bytes":5368709120,"reaches_back_seconds":360000},
    "page":{"ok":true},"version":"0.1.0-x","uptime":93784,
    "checks":{"preview":{"ok":true,"detail":"30 fps"},"disk":{"ok":true,"detail":""}}})");
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("A recorder that records is told in some plain lines") {
  const auto health = while_recording();
  CHECK(is_healthy(health));
  CHECK(status_text(health) ==
        "recording   on, wanted since 2026-11-23 10:07:12 (3 min 12 s)\n"
        "file        20261123_101000.mp4\n"
        "frames      12345 on disk (1.2 GiB), 1 dropped, 22 skipped before they came, 2 gaps\n"
        "camera      /dev/video0, 1280x720, 29.97 frames a second\n"
        "disk        12.3 GiB of 32.0 GiB free, enough for 2 h 5 min\n"
        "archive     3 recordings, 5.0 GiB, back to 4 d 4 h ago\n"
        "health      ok\n"
        "program     mini-dvr 0.1.0-x, running for 1 d 2 h\n");
}

TEST_CASE("What is wrong with the certificate of https is told, and nothing while it is good") {
  auto health = while_recording();
  health["certificate"] = document(R"({"expires":"2026-12-10T10:00:00.000+01:00","problem":""})");
  CHECK_FALSE(has(status_text(health), "certificate"));
  health["certificate"] = document(R"({"expires":"2026-12-10T10:00:00.000+01:00",
    "code":"expires_soon","problem":"it expires on 2026-12-10"})");
  CHECK(has(status_text(health), "\nhttps       the certificate: it expires on 2026-12-10\n"));
}

TEST_CASE("What fails is told, each check with its reason, and what it waits for") {
  auto health = while_recording();
  health["status"] = "failing";
  health.erase("current_file");
  health["recorder"].as_object()["state"] = "waiting_for_camera";
  health["recorder"].as_object()["detail"] = "the camera is not connected";
  health["camera"].as_object()["online"] = false;
  health["camera"].as_object()["problem"] = "not_connected";
  health["camera"].as_object()["last_frame_age"] = 61;
  health["checks"] = document(R"({"preview":{"ok":false,"detail":"no frames"},
                                  "recorder":{"ok":true,"detail":"fine"},
                                  "disk":{"ok":false,"detail":"full"}})");
  CHECK_FALSE(is_healthy(health));
  const auto text = status_text(health);
  CHECK(has(text, "recording   waiting for the camera: the camera is not connected, wanted since"));
  CHECK_FALSE(has(text, "file  "));
  CHECK(has(text,
            "camera      /dev/video0, 1280x720: no frames, it is not connected; the last one "
            "came 1 min 1 s ago\n"));
  health["camera"].as_object()["detail"] = "motion has it";
  CHECK(has(status_text(health),
            "camera      /dev/video0, 1280x720: no frames, motion has it; the last one came "));
  CHECK(has(text, "health      failing: preview: no frames; disk: full\n"));
}

TEST_CASE("A recorder that is switched off says so, and a page that can not be served is told") {
  auto health = while_recording();
  health["recording"] = "stopped";
  health["page"] = document(R"({"ok":false,"detail":"there is no index.html"})");
  const auto text = status_text(health);
  CHECK(has(text, "recording   off\n"));
  CHECK(has(text, "no page     there is no index.html\n"));
}

TEST_CASE("What a document lacks, or has of another kind, is left out, and steers no terminal") {
  CHECK(status_text({}).find("health      failing") != std::string::npos);
  auto health = while_recording();
  health["camera"] = "none";
  health["current_file"] = "\x1b[31mred\n";
  health["archive"] = nullptr;
  health["uptime"] = -1;
  health["disk"].as_object()["free"] = -5;
  const auto text = status_text(health);
  CHECK(has(text, "file         [31mred"));
  CHECK_FALSE(has(text, "\x1b"));
  CHECK_FALSE(has(text, "archive"));
  CHECK(has(text, "running for ?"));
}

TEST_CASE("Durations are told in the two units that matter") {
  CHECK(duration_text(0.4) == "0 s");
  CHECK(duration_text(59.6) == "1 min 0 s");
  CHECK(duration_text(7199) == "1 h 59 min");
  CHECK(duration_text(356400) == "4 d 3 h");
  CHECK(duration_text(1e300) == "?");
}

TEST_CASE("A disk that does not tell its space is not told as full") {
  auto health = while_recording();
  health["disk"] = document(R"({"free":0,"total":0,"seconds_left":null})");
  CHECK(has(status_text(health), "disk        its free space is not known\n"));
}
