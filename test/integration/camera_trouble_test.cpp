// Why there is no camera: each cause has its code, its words and its remedy.

#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"
#include "shared_state.hpp"

#include <string>

#include <catch2/catch.hpp>

#include <unistd.h>

using namespace minidvr;
using namespace minidvr::test;
using virtual_camera::Refusal;

namespace {

using Catch::Matchers::Contains;

struct Cause {
  Refusal refusal;
  std::string code;
  std::string words;   // of its detail
  std::string remedy;  // words of it
};

std::string field(const Service& service, const char* name) {
  const auto camera = service.status().at("camera").as_object();
  const auto* value = camera.if_contains(name);
  return value == nullptr ? std::string() : std::string(value->as_string());
}

void check_cause(Service& service, const Cause& cause) {
  INFO(cause.code);
  service.camera().refuse(cause.refusal);
  // Before ustreamer is started again because the camera is silent.
  CHECK(wait_until([&] { return field(service, "code") == cause.code; }, 10s));
  const auto detail = field(service, "detail");
  const auto remedy = field(service, "remedy");
  CHECK_THAT(detail, Contains(cause.words));
  CHECK_THAT(remedy, Contains(cause.remedy));
  CHECK(field(service, "problem") == "not_connected");
  const auto health = service.health();
  CHECK(health.status == 503);
  CHECK_THAT(std::string(json(health).at("checks").at("preview").at("detail").as_string()),
             Contains(detail + "; " + remedy));
  CHECK_THAT(std::string(service.recorder().at("detail").as_string()), Contains(detail));
  CHECK(service.logs(detail + "; " + remedy));
}

}  // namespace

TEST_CASE("why there is no camera is told, each cause with what helps, and it goes on by itself") {
  const auto me = "(pid " + std::to_string(::getpid()) + ")";
  const Cause causes[] = {
      {Refusal::access, "not_allowed", "may not use virtual", "usermod -aG"},
      // This test has the virtual camera's file open.
      {Refusal::open, "busy", me + " has virtual open", "kill "},
      {Refusal::sizes, "not_offered", "does not offer 800x600", "640x480 at 60 or 30"},
      {Refusal::mjpeg, "no_mjpeg", "offers no MJPEG, only: H264", "v4l2-ctl --list-devices"},
      {Refusal::format, "busy", me + " has virtual open", "kill "},
      {Refusal::pictures, "no_pictures", "gives no pictures", "further device"},
      {Refusal::jpegs, "no_mjpeg", "offers no MJPEG, only: YUYV", "v4l2-ctl --list-devices"},
      {Refusal::bandwidth, "no_bandwidth", "the bus of virtual has no room", "lsusb -t"},
      {Refusal::input_output, "io_error", "input and output errors", "another cable"}};
  // The virtual camera takes another size instead, but where it refuses to.
  Service service({"--resolution", "800x600", "--record-at-start", "on"});
  REQUIRE(service.online());
  REQUIRE(records(service, kPatience));
  for (const auto& cause : causes) {
    check_cause(service, cause);
    CHECK_FALSE(service.status().at("camera").at("online").as_bool());
  }
  CHECK(field(service, "offers").empty());

  service.camera().unplug();
  CHECK(wait_until([&] { return field(service, "code") == "no_device"; }, kPatience));
  CHECK(field(service, "detail") == "virtual is not there");

  service.camera().reset();
  CHECK(wait_until([&] { return service.health().status == 200; }, kPatience));
  CHECK(field(service, "code").empty());
  CHECK(field(service, "detail").empty());
  CHECK(wait_until([&] { return service.is_recording(); }, kPatience));
}

TEST_CASE("a camera that takes another size than the one that is asked for is recorded, and told") {
  Service service({"--resolution", "800x600"});
  REQUIRE(service.online());
  CHECK(service.logs(
      "warning camera: gives another size or rate than resolution and fps ask for (R"));
  CHECK(service.logs("it offers: 640x480 at 60 or 30"));
  CHECK(field(service, "code").empty());
}

TEST_CASE("a device that is not there or is no camera is told from the beginning") {
  const auto* device = GENERATE("/dev/no-such-camera", "/dev/null");
  CAPTURE(device);
  const bool is_there = std::string(device) == "/dev/null";
  Service service({"--device", device});
  CHECK(
      wait_until([&] { return field(service, "code") == (is_there ? "no_pictures" : "no_device"); },
                 kPatience));
  CHECK(service.health().status == 503);
  CHECK_THAT(field(service, "detail"), Contains(device));
}
