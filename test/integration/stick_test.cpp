// A recordings folder on a disk that is not always there.

#include "integration/support/stick.hpp"

#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

bool says_wrong_folder(const Service& service) {
  const auto status = service.status();
  const auto* code = status.at("disk").as_object().if_contains("code");
  return code != nullptr && code->as_string() == "wrong_folder";
}

bool is_waiting_for_folder(const Service& service) {
  const auto recorder = service.recorder();
  const auto* code = recorder.if_contains("code");
  return recorder.at("state").as_string() == "failed" && code != nullptr &&
         code->as_string() == "wrong_folder";
}

std::size_t listed(const Service& service) {
  return json(get(service.app_port(), "/api/recordings")).at("recordings").as_array().size();
}

// False: this user may mount nothing.
bool plug_in(Stick& stick) {
  if (!stick.usable()) {
    WARN("not run: no right to mount a small disk");
    return false;
  }
  REQUIRE(stick.plug());
  return true;
}

void record_some(Service& service) {
  service.command("start");
  REQUIRE(records(service));
  service.command("stop");
}

}  // namespace

TEST_CASE("a disk that is not mounted is waited for, and nothing is written to what lies below") {
  Stick stick;
  if (!plug_in(stick)) return;
  Service::Options options;
  // The state lies with the recordings, and goes away with them.
  options.recordings = stick.place() / "recordings";
  options.arguments = {"--segment-seconds", "2", "--frame-buffer-mb", "256"};
  Service service(std::move(options));
  REQUIRE(service.online());
  record_some(service);
  CHECK(fs::exists(stick.content() / "recordings/.mini-dvr-folder"));
  REQUIRE(service.terminate() == 0);
  const auto first = service.files();
  REQUIRE(first.size() == 1);

  // Not there at a start.
  REQUIRE(stick.pull());
  service.start();
  REQUIRE(service.online());
  service.command("start");
  CHECK(
      wait_until([&] { return says_wrong_folder(service) && is_waiting_for_folder(service); }, 5s));
  const auto health = service.health();
  CHECK(health.status == 503);
  CHECK_FALSE(json(health).at("checks").at("disk").at("ok").as_bool());
  CHECK(json(health).at("disk").at("detail").as_string().find("is not mounted") !=
        boost::json::string::npos);
  CHECK(wait_until([&] { return listed(service) == 0; }, 5s));
  CHECK(fs::is_empty(stick.place()));

  // It comes late.
  PreviewClient preview(service.preview_port());
  REQUIRE(stick.plug());
  CHECK(records(service, 10s));
  CHECK(wait_until([&] { return listed(service) >= 1; }, 5s));

  // It is pulled while it is recorded to; what is below looks as if somebody had recorded there.
  REQUIRE(stick.pull());
  fs::create_directories(stick.place() / "recordings/.partial");
  CHECK(
      wait_until([&] { return says_wrong_folder(service) && is_waiting_for_folder(service); }, 5s));
  const auto pulled = service.recorder();
  CHECK(wait_until([&] { return listed(service) == 0; }, 5s));
  std::size_t below = 0;
  for (const auto& entry : fs::recursive_directory_iterator(stick.place()))
    below += entry.is_directory() ? 0U : 1U;
  CHECK(below == 0);
  fs::remove_all(stick.place() / "recordings");

  REQUIRE(stick.plug());
  CHECK(wait_until(
      [&] {
        return service.is_recording() &&
               service.recorder().at("frames").as_int64() > pulled.at("frames").as_int64();
      },
      10s));
  CHECK_FALSE(says_wrong_folder(service));
  service.command("stop");
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
  const auto name = first.front().filename();
  fs::rename(stick.content() / "recordings" / name, stick.content() / name);
  check_nothing_lost(service, preview);
  check_files_complete(service);
  REQUIRE(stick.pull());
  CHECK(fs::is_empty(stick.place()));
}

TEST_CASE("a disk that carries the state beside the recordings is missed all the same") {
  Stick stick;
  if (!plug_in(stick)) return;
  Service::Options options;
  options.recordings = stick.place() / "recordings";
  options.arguments = {"--segment-seconds", "2",
                       "--frame-buffer-mb", "256",
                       "--state-dir",       (stick.place() / "state").string()};
  Service service(std::move(options));
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  CHECK(wait_until([&] { return fs::exists(stick.content() / "state/recording.json"); }, 5s));
  REQUIRE(service.terminate() == 0);
  CHECK(fs::exists(stick.content() / "state/recordings_folders.json"));

  REQUIRE(stick.pull());
  service.start();
  REQUIRE(service.online());
  service.command("start");
  CHECK(wait_until([&] { return says_wrong_folder(service) && is_waiting_for_folder(service); },
                   kPatience));
  CHECK(service.health().status == 503);
  std::this_thread::sleep_for(2s);
  CHECK(fs::is_empty(stick.place()));

  REQUIRE(stick.plug());
  CHECK(records(service, 10s));
  // Pulled and put back while nothing is recorded.
  REQUIRE(stick.pull());
  CHECK(wait_until([&] { return is_waiting_for_folder(service); }, 10s));
  service.command("stop");
  REQUIRE(stick.plug());
  CHECK(wait_until([&] { return service.health().status == 200; }, 10s));
  REQUIRE(service.terminate() == 0);
  REQUIRE(stick.pull());
  CHECK(fs::is_empty(stick.place()));
}

TEST_CASE("which folder is the wrong one is logged once a change, whoever finds it out") {
  Service::Options options;
  options.arguments = {"--segment-seconds", "2"};
  Service service(std::move(options));
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  REQUIRE(service.terminate() == 0);
  const auto marker = service.recordings() / ".mini-dvr-folder";
  const auto right = service.recordings() / "right";
  const auto told = [&service] {
    const std::string log = service.log();
    std::size_t times = 0;
    for (auto at = log.find("is another folder"); at != std::string::npos;
         at = log.find("is another folder", at + 1))
      ++times;
    return times;
  };
  const auto replace = [&] {
    fs::rename(marker, right);
    std::ofstream(marker) << std::string(32, 'a') << '\n';
  };

  replace();
  service.start();
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(wait_until([&] { return is_waiting_for_folder(service); }, kPatience));
  // The archive, the lock, what is wanted and the recorder have asked for it by then, more than
  // once.
  std::this_thread::sleep_for(3s);
  CHECK(told() == 1);

  fs::rename(right, marker);
  REQUIRE(records(service));
  service.command("stop");
  REQUIRE(service.terminate() == 0);
  replace();
  service.start();
  REQUIRE(wait_until([&] { return says_wrong_folder(service); }, kPatience));
  std::this_thread::sleep_for(2s);
  CHECK(told() == 2);
}

TEST_CASE(
    "a disk that is in use is not unmounted plainly, and is free once the program has ended") {
  Stick stick;
  if (!plug_in(stick)) return;
  Service::Options options;
  options.recordings = stick.place() / "recordings";
  options.arguments = {"--segment-seconds", "2"};
  Service service(std::move(options));
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  service.command("start");
  REQUIRE(records(service));
  // At any moment of a segment, and between two.
  for (int i = 0; i < 200; ++i) {
    CHECK_FALSE(stick.unmount());
    std::this_thread::sleep_for(20ms);
  }
  CHECK(service.is_recording());
  service.command("stop");
  check_nothing_lost(service, preview);
  std::this_thread::sleep_for(3s);
  CHECK_FALSE(stick.unmount());
  CHECK(service.health().status == 200);
  REQUIRE(service.terminate() == 0);
  CHECK(stick.unmount());
  CHECK(fs::is_empty(stick.place()));
}

TEST_CASE("settings that lie on a disk that comes after the pictures are set then") {
  Stick stick;
  if (!plug_in(stick)) return;
  Service::Options options;
  options.recordings = stick.place() / "recordings";
  Service service(std::move(options));
  REQUIRE(service.online());
  record_some(service);  // it is the right folder from now on
  const auto set =
      request(service.app_port(), "POST", "/api/controls/brightness", R"({"value":17})");
  REQUIRE(set.status == 200);
  REQUIRE(service.terminate() == 0);
  CHECK(fs::exists(stick.content() / "recordings/.state/controls.json"));

  REQUIRE(stick.pull());
  service.camera().set_control("brightness", 3);
  service.start();
  REQUIRE(service.online());
  std::this_thread::sleep_for(2s);
  CHECK(service.camera().control("brightness") == 3);
  REQUIRE(stick.plug());
  CHECK(wait_until([&] { return service.camera().control("brightness") == 17; }, kPatience));
  REQUIRE(service.terminate() == 0);
  REQUIRE(stick.pull());
}
