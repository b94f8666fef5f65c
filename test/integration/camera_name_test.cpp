// The kernel numbers the cameras anew: ours is found under its new name, and another one that has
// its old name is not taken for it.

#include "integration/support/recording_checks.hpp"
#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"
#include "integration/support/usb_ports.hpp"
#include "shared_state.hpp"

#include <filesystem>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
using virtual_camera::Refusal;

namespace {

const UsbCamera kOurs{"4A3C9D60", "1.2"};

Service::Options options_with(const UsbPorts& ports) {
  Service::Options options;
  options.arguments = {"--device", ports.device(0), "--segment-seconds", "600"};
  options.environment = ports.environment();
  return options;
}

std::string camera_field(const Service& service, const char* name) {
  const auto camera = service.status().at("camera").as_object();
  const auto* value = camera.if_contains(name);
  return value == nullptr ? std::string() : std::string(value->as_string());
}

// Which camera it is, is remembered.
bool knows(const Service& service) {
  return wait_until(
      [&] { return std::filesystem::exists(service.recordings() / ".state/camera.json"); },
      kPatience);
}

// All of one camera: each of them counts its frames from 1 on.
void check_of_one_camera(const Service& service) {
  std::uint64_t last = 0;
  for (const auto& sample : samples_of(service.files())) {
    REQUIRE(sample.frame.number > last);
    last = sample.frame.number;
  }
}

bool is_waiting(const Service& service) {
  return service.recorder().at("state").as_string() == "waiting_for_camera";
}

}  // namespace

TEST_CASE("a camera that comes back under another name is found, and recording goes on by itself",
          "[plain][preload]") {
  const UsbPorts ports;
  auto camera = ports.camera(0);
  ports.show(0, kOurs);
  camera.plug();
  Service service(options_with(ports));
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  REQUIRE(knows(service));
  CHECK(camera_field(service, "device") == ports.device(0));
  CHECK(camera_field(service, "device_reason").empty());

  // Its first name now is that of its metadata, and the node with its pictures is another one.
  camera.unplug();
  ports.hide(0);
  REQUIRE(wait_until([&] { return is_waiting(service); }, kPatience));
  ports.rename(0, 3);
  virtual_camera::VirtualCamera metadata(ports.device(0));
  metadata.refuse(Refusal::pictures);
  ports.show(0, kOurs, 1);
  ports.show(3, kOurs, 0);
  camera.plug();
  CHECK(wait_until([&] { return service.is_recording(); }, kPatience));
  CHECK(camera_field(service, "device") == ports.device(3));
  CHECK(camera_field(service, "configured_device") == ports.device(0));
  CHECK(camera_field(service, "device_reason") == "moved");
  CHECK(service.logs("is " + ports.device(3) + " now"));
  CHECK(wait_until([&] { return service.health().status == 200; }, kPatience));

  // Its settings follow.
  const auto set =
      request(service.app_port(), "POST", "/api/controls/brightness", R"({"value":17})");
  CHECK(set.status == 200);
  CHECK(camera.control("brightness") == 17);

  // It is known at the next start.
  service.command("stop");
  REQUIRE(service.files().size() == 2);
  check_of_one_camera(service);
  REQUIRE(service.terminate() == 0);
  service.start();
  REQUIRE(service.online());
  CHECK(camera_field(service, "device") == ports.device(3));

  // And back.
  camera.unplug();
  ports.hide(3);
  ports.hide(0);
  CHECK(wait_until([&] { return service.health().status == 503; }, kPatience));
  std::filesystem::remove(ports.device(0));
  ports.rename(3, 0);
  ports.show(0, kOurs);
  camera.plug();
  CHECK(wait_until([&] { return service.health().status == 200; }, kPatience));
  CHECK(camera_field(service, "device") == ports.device(0));
  CHECK(camera_field(service, "device_reason").empty());
}

TEST_CASE("another camera that has taken the name is not recorded while ours is there",
          "[plain][preload]") {
  const UsbPorts ports;
  auto camera = ports.camera(0);
  ports.show(0, kOurs);
  camera.plug();
  Service service(options_with(ports));
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  REQUIRE(knows(service));

  // The hub is reset: both come back, the other one first.
  camera.unplug();
  ports.hide(0);
  REQUIRE(wait_until([&] { return is_waiting(service); }, kPatience));
  ports.rename(0, 2);
  auto other = ports.camera(0);
  ports.show(0, {"", "1.4"});
  other.plug();
  std::this_thread::sleep_for(2s);
  CHECK(is_waiting(service));
  ports.show(2, kOurs);
  camera.plug();
  CHECK(wait_until([&] { return service.is_recording(); }, kPatience));
  CHECK(camera_field(service, "device") == ports.device(2));
  REQUIRE(wait_until([&] { return service.health().status == 200; }, kPatience));
  service.command("stop");
  CHECK(service.files().size() == 2);
  check_of_one_camera(service);

  // Ours is away for longer: the other one is used, as it is configured, until ours is back.
  camera.unplug();
  ports.hide(2);
  CHECK(wait_until([&] { return camera_field(service, "device_reason") == "other_camera"; },
                   kPatience));
  CHECK(camera_field(service, "device") == ports.device(0));
  CHECK(wait_until([&] { return service.health().status == 200; }, kPatience));
  CHECK(service.logs("is used with its other camera"));
  ports.show(2, kOurs);
  camera.plug();
  CHECK(wait_until(
      [&] {
        return camera_field(service, "device") == ports.device(2) && service.health().status == 200;
      },
      kPatience));
}
