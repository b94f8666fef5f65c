// Why no pictures come: by what ustreamer says, and a look at the device.

#include "capture/camera_trouble.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::capture;
using Catch::Matchers::Contains;

namespace {

std::string error_line(const std::string& words) {
  return "-- ERROR [2833.122    stream] -- " + words;
}

// A camera with which nothing is wrong to see.
CameraFacts seen() {
  CameraFacts facts;
  facts.device = "/dev/video0";
  facts.user = "anna";
  facts.group = "video";
  return facts;
}

CameraTrouble judged(const CameraFacts& facts, Complaint complaint) {
  return judge_trouble(facts, complaint, {1920, 1080}).value_or(CameraTrouble{});
}

}  // namespace

TEST_CASE("ustreamer's complaints are understood, as several versions say them") {
  const std::pair<const char*, Complaint> known[] = {
      {"Can't access device: No such file or directory", Complaint::missing},
      {"No access to capture device: No such file or directory", Complaint::missing},
      {"Can't query device (VIDIOC_QUERYCAP): No such device", Complaint::missing},
      {"Can't access device: Permission denied", Complaint::not_allowed},
      {"Can't open device: Operation not permitted", Complaint::not_allowed},
      {"Can't open device: Device or resource busy", Complaint::busy},
      {"Unable to set pixelformat=MJPEG, stride=3840, resolution=1920x1080: Device or resource "
       "busy",
       Complaint::busy},
      {"CAP: Can't set device format: Device or resource busy", Complaint::busy},
      {"Unable to set pixelformat=MJPEG, stride=1600, resolution=800x600: Invalid argument",
       Complaint::refused},
      {"Can't set device format: Invalid argument", Complaint::refused},
      {"Can't set input channel", Complaint::refused},
      {"Unsupported pixelformat=H264 (fourcc)", Complaint::other_format},
      {"CAP: Unsupported format=H264 (fourcc)", Complaint::other_format},
      {"Can't query device (VIDIOC_QUERYCAP): Inappropriate ioctl for device",
       Complaint::no_pictures},
      {"Video capture not supported by the device", Complaint::no_pictures},
      {"CAP: Video capture is not supported by device", Complaint::no_pictures},
      {"Device does not support streaming IO", Complaint::no_pictures},
      {"Unable to start capturing: No space left on device", Complaint::no_bandwidth},
      {"CAP: Can't start capturing: No space left on device", Complaint::no_bandwidth},
      {"Unable to grab device buffer: Input/output error", Complaint::broken},
      {"CAP: Can't grab HW buffer: Input/output error", Complaint::broken},
      {"CAP: Can't start capturing: Connection timed out", Complaint::broken},
      {"CAP: Can't start capturing: Broken pipe", Complaint::broken},
      {"CAP: Can't start capturing: Cannot send after transport endpoint shutdown",
       Complaint::broken},
      {"CAP: Can't start capturing: Remote I/O error", Complaint::broken},
      {"Can't open device: No such device or address", Complaint::missing}};
  for (const auto& [words, complaint] : known) {
    INFO(words);
    CHECK(complaint_in(error_line(words)) == complaint);
  }
}

TEST_CASE("Other lines are no complaint of the camera") {
  for (const auto* words :
       {"Requested resolution=800x600 is unavailable",
        "Device does not support setting of HW encoding quality parameters",
        "Persistent device timeout (unplugged)", "Can't bind HTTP on [0.0.0.0]:8000", ""}) {
    CHECK(complaint_in(error_line(words)) == Complaint::none);
  }
  CHECK(complaint_in("-- INFO  [1.0 stream] -- Can't open device: Device or resource busy") ==
        Complaint::none);
  CHECK(complaint_in("-- ERROR") == Complaint::none);
}

TEST_CASE("The newest complaint counts, until ustreamer is started again or the device is open") {
  Complaints complaints;
  complaints.on_line(error_line("Can't access device: Permission denied"));
  complaints.on_line("-- INFO  [1.0    stream] -- Waiting for the device access ...");
  CHECK(complaints.newest() == Complaint::not_allowed);
  CHECK(complaints.words() == "Can't access device: Permission denied");
  complaints.on_line("-- INFO  [2.0    stream] -- Device fd=9 opened");
  CHECK(complaints.newest() == Complaint::none);
  complaints.on_line(error_line("Unable to start capturing: No space left on device"));
  complaints.on_line("-- INFO  [2.0    stream] -- Device fd=9 opened");
  CHECK(complaints.newest() == Complaint::no_bandwidth);
  complaints.on_line(error_line("Can't open device: Device or resource busy"));
  CHECK(complaints.newest() == Complaint::busy);
  complaints.clear();
  CHECK(complaints.newest() == Complaint::none);
  CHECK(complaints.words().empty());
}

TEST_CASE(
    "What ustreamer would encode is known from what the camera sends, until it is opened anew") {
  Complaints complaints;
  complaints.on_line("-- INFO  [1.0    stream] -- Capturing started");
  CHECK_FALSE(complaints.makes_jpegs());
  complaints.on_line(
      "-- INFO  [1.0    stream] -- Switching to CPU encoder: the input format is not (M)JPEG ...");
  CHECK(complaints.newest() == Complaint::no_jpegs);
  CHECK(complaints.makes_jpegs());
  complaints.on_line(error_line("Can't grab HW buffer: Input/output error"));
  complaints.clear();
  CHECK(complaints.makes_jpegs());
  complaints.on_line("-- INFO  [2.0    stream] -- CAP: Capturing started");
  CHECK_FALSE(complaints.makes_jpegs());
  complaints.on_line("-- INFO  [1.0    stream] -- Switching to CPU encoder: ...");
  complaints.on_start();
  CHECK_FALSE(complaints.makes_jpegs());
  CHECK(complaints.newest() == Complaint::none);
}

TEST_CASE("Another size or rate than the one that is asked for is no complaint, and known") {
  const std::pair<std::string, std::string> said[] = {
      {error_line("Requested resolution=1000x700 is unavailable"),
       "Requested resolution=1000x700 is unavailable"},
      {"-- INFO  [1.0    stream] -- CAP: Requested resolution=1000x700 is unavailable",
       "Requested resolution=1000x700 is unavailable"},
      {"-- INFO  [1.0    stream] -- Using HW FPS: 15 -> 30 (coerced)",
       "Using HW FPS: 15 -> 30 (coerced)"}};
  for (const auto& [line, words] : said) {
    Complaints complaints;
    complaints.on_line("-- INFO  [1.0    stream] -- Using HW FPS: 30");
    CHECK(complaints.instead().empty());
    complaints.on_line(line);
    CHECK(complaints.instead() == words);
    CHECK(complaints.newest() == Complaint::none);
    complaints.on_start();
    CHECK(complaints.instead().empty());
  }
}

TEST_CASE("A device that is not there, is no device or may not be opened needs no complaint") {
  auto facts = seen();
  CHECK(judged(facts, Complaint::none).code == TroubleCode::none);
  facts.is_allowed = false;
  CHECK(judged(facts, Complaint::none).code == TroubleCode::not_allowed);
  CHECK(judged(facts, Complaint::none).line() ==
        "anna may not use /dev/video0; sudo usermod -aG video anna, then log in again or restart "
        "the service");
  CHECK(judged(facts, Complaint::none).group == "video");
  facts.group = "root";  // as in containers; in that group one may do much more
  CHECK_THAT(judged(facts, Complaint::none).line(),
             Contains("sudo chgrp video /dev/video0") && !Contains("-aG root"));
  CHECK(judged(facts, Complaint::none).group == "root");
  facts.is_device = false;
  CHECK(judged(facts, Complaint::none).text == "/dev/video0 is a file, and no camera");
  facts.is_there = false;
  CHECK(judged(facts, Complaint::busy).code == TroubleCode::no_device);
  CHECK_THAT(judged(facts, Complaint::busy).line(), Contains("ls /dev/v4l/by-id"));
}

TEST_CASE("Each complaint has its code, and says what helps") {
  const std::pair<Complaint, TroubleCode> all[] = {
      {Complaint::missing, TroubleCode::no_device},
      {Complaint::not_allowed, TroubleCode::not_allowed},
      {Complaint::busy, TroubleCode::busy},
      {Complaint::no_pictures, TroubleCode::no_pictures},
      {Complaint::no_bandwidth, TroubleCode::no_bandwidth},
      {Complaint::broken, TroubleCode::io_error}};
  for (const auto& [complaint, code] : all) {
    const auto trouble = judged(seen(), complaint);
    CHECK(trouble.code == code);
    CHECK_THAT(trouble.text, Contains("/dev/video0"));
    CHECK_FALSE(trouble.remedy.empty());
  }
}

TEST_CASE("Who has a camera that is busy is named, where that is to be seen") {
  auto facts = seen();
  CHECK(judged(facts, Complaint::busy).line() ==
        "another program has /dev/video0 open, which gives its pictures to one program only; end "
        "it; which it is: sudo fuser -v /dev/video0");
  facts.holders = {{12, "motion", false}, {13, "cheese", false}};
  const auto trouble = judged(facts, Complaint::busy);
  CHECK(trouble.holder == "motion (pid 12), cheese (pid 13)");
  CHECK_THAT(trouble.text, Contains("motion (pid 12), cheese (pid 13) has /dev/video0 open"));
  CHECK(trouble.remedy == "end it: kill 12");
}

TEST_CASE("What a camera has instead is named when it refuses what is asked of it") {
  auto facts = seen();
  CHECK(judged(facts, Complaint::refused).code == TroubleCode::none);  // it was not asked
  facts.offered = v4l2::Offered{};
  CHECK(judged(facts, Complaint::refused).code == TroubleCode::no_pictures);
  facts.offered = v4l2::Offered{{"H264", "NV12"}, {}};
  auto trouble = judged(facts, Complaint::other_format);
  CHECK(trouble.code == TroubleCode::no_mjpeg);
  CHECK(trouble.text == "the camera offers no MJPEG, only: H264, NV12");
  CHECK(trouble.offers == "H264, NV12");
  facts.offered = v4l2::Offered{{"MJPG"}, {{{640, 480}, {640, 480}, {60, 30}}}};
  trouble = judged(facts, Complaint::refused);
  CHECK(trouble.code == TroubleCode::not_offered);
  CHECK(trouble.line() ==
        "the camera does not offer 1920x1080 as MJPEG; set resolution and fps to what it offers: "
        "640x480 at 60 or 30");
  CHECK(trouble.offers == "640x480 (60, 30 fps)");
  facts.offered->mjpeg.push_back({{1920, 1080}, {1920, 1080}, {30}});
  CHECK(judged(facts, Complaint::refused).code == TroubleCode::none);
}

TEST_CASE(
    "A camera whose pictures ustreamer would encode has no MJPEG, whatever it says to offer") {
  auto facts = seen();
  CHECK(judged(facts, Complaint::no_jpegs).code == TroubleCode::no_mjpeg);
  facts.offered = v4l2::Offered{{"YUYV"}, {}};
  CHECK(judged(facts, Complaint::no_jpegs).text == "the camera offers no MJPEG, only: YUYV");
  facts.offered = v4l2::Offered{{"YUYV", "MJPG"}, {{{640, 480}, {640, 480}, {30}}}};
  CHECK(judged(facts, Complaint::no_jpegs).code == TroubleCode::not_offered);
  facts.offered->mjpeg.push_back({{1920, 1080}, {1920, 1080}, {30}});
  CHECK(judged(facts, Complaint::no_jpegs).code == TroubleCode::no_mjpeg);
  CHECK(judged(facts, Complaint::no_jpegs).offers == "YUYV, MJPG");
}
