// What several versions of ustreamer print and send, recorded on the virtual camera: it is
// understood of each.

#include "capture/camera_complaint.hpp"
#include "capture/multipart_parser.hpp"
#include "capture/preview.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::capture;

namespace {

constexpr const char* kVersions[] = {"4.9", "5.4", "5.59", "6.4", "6.62"};

std::string recorded(const std::string& version, const std::string& name) {
  std::ifstream file(MINIDVR_FIXTURES "/ustreamer-" + version + "/" + name, std::ios::binary);
  INFO("ustreamer-" << version << "/" << name);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The newest complaint after the line that has `until`, or after all.
Complaint complaint_after(const std::string& log, const std::string& until = {}) {
  Complaints complaints;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    complaints.on_line(line);
    if (!until.empty() && line.find(until) != std::string::npos) break;
  }
  return complaints.newest();
}

Part part_of(const std::string& head) {
  const auto length = head.find("Content-Length: ") + std::string("Content-Length: ").size();
  std::vector<Part> parts;
  MultipartParser parser("boundarydonotcross",
                         [&](Part&& part) { parts.push_back(std::move(part)); });
  REQUIRE(parser.feed(head + std::string(std::stoul(head.substr(length)), 'x') + "\r\n"));
  REQUIRE(parts.size() == 1);
  return std::move(parts.front());
}

}  // namespace

TEST_CASE("What each ustreamer says of a camera that gives no pictures is understood") {
  const auto* version = GENERATE_REF(from_range(std::begin(kVersions), std::end(kVersions)));
  CAPTURE(version);
  const std::pair<const char*, Complaint> causes[] = {{"log.access", Complaint::not_allowed},
                                                      {"log.open", Complaint::busy},
                                                      {"log.format", Complaint::busy},
                                                      {"log.mjpeg", Complaint::other_format},
                                                      {"log.sizes", Complaint::refused},
                                                      {"log.pictures", Complaint::refused},
                                                      {"log.bandwidth", Complaint::no_bandwidth},
                                                      {"log.input_output", Complaint::broken},
                                                      {"log.missing", Complaint::missing},
                                                      {"log.no_camera", Complaint::no_pictures}};
  for (const auto& [name, complaint] : causes) {
    CAPTURE(name);
    CHECK(complaint_after(recorded(version, name)) == complaint);
  }
  const auto unplugged = recorded(version, "log.unplugged");
  CHECK(complaint_after(unplugged, "-- Waiting for the ") == Complaint::missing);
  CHECK(complaint_after(unplugged) == Complaint::none);
  // Those before 5.x keep a camera that falls silent.
  const bool keeps_it = version[0] == '4' || std::string(version) == "5.4";
  CHECK(complaint_after(recorded(version, "log.stalled")) ==
        (keeps_it ? Complaint::none : Complaint::silent));
}

TEST_CASE("What each ustreamer tells of its pictures is understood") {
  const auto* version = GENERATE_REF(from_range(std::begin(kVersions), std::end(kVersions)));
  CAPTURE(version);
  const Part part = part_of(recorded(version, "stream_head"));
  CHECK(part.online == true);
  CHECK(part.width == 1280U);
  CHECK(part.height == 720U);
  REQUIRE(part.grab_time);
  CHECK(*part.grab_time > 1000);
  REQUIRE(part.timestamp);
  CHECK(*part.timestamp > 1.7e9);
  CHECK(part_of(recorded(version, "stream_head.offline")).online == false);
}

TEST_CASE("Each ustreamer has the options that are given to it") {
  const auto* version = GENERATE_REF(from_range(std::begin(kVersions), std::end(kVersions)));
  CAPTURE(version);
  const auto help = recorded(version, "help");
  Settings settings;
  settings.device = "/dev/video0";
  settings.preview_host = "127.0.0.1";
  settings.preview_port = 8000;
  std::size_t options = 0;
  for (const auto& argument : preview_spec(settings, [](std::string_view) {}).arguments) {
    if (!argument.starts_with("--")) continue;
    ++options;
    INFO(argument);
    CHECK(help.find(argument + " ") != std::string::npos);
  }
  CHECK(options > 8);
}
