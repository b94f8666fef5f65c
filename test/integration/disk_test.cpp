// A disk that fills up. Needs the right to mount; without it the test says so.

#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"
#include "integration/support/small_disk.hpp"

#include <thread>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

TEST_CASE(
    "a full disk is said, harms no finished file, and recording goes on when there is space "
    "again") {
  const SmallDisk disk;
  if (!disk.mounted()) {
    WARN("not run: no right to mount a small disk");
    return;
  }
  Service::Options options;
  options.arguments = {"--segment-seconds", "4"};
  options.recordings = disk.path() / "recordings";
  Service service(std::move(options));
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(wait_until([&] { return service.recorder().at("state").as_string() == "failed"; }, 60s));
  CHECK(std::string(service.recorder().at("detail").as_string()).starts_with("the disk is full"));
  const auto health = service.health();
  CHECK(health.status == 503);
  CHECK_FALSE(json(health).at("checks").at("disk").at("ok").as_bool());
  CHECK(service.status().at("recording").as_string() == "running");
  CHECK(service.status().at("preview").as_string() == "running");
  const auto files = service.files();
  REQUIRE(files.size() >= 2);
  for (const auto& file : files)
    CHECK(is_complete(file));
  CHECK(std::filesystem::space(disk.path()).available > 0);
  // The newest frames are kept for when there is space again; those before them are lost, and told.
  CHECK(wait_until([&] { return service.recorder().at("dropped_frames").as_int64() > 0; },
                   kPatience));

  for (const auto& file : files)
    std::filesystem::remove(file);
  CHECK(wait_until([&] { return service.is_recording(); }, kPatience));
  // Frames were dropped until just now, which is told for a while; the small disk must not be full
  // again before that.
  CHECK(wait_until(
      [&] {
        for (const auto& file : service.files())
          std::filesystem::remove(file);
        return service.health().status == 200;
      },
      30s));
  std::this_thread::sleep_for(1s);
  service.command("stop");
  for (const auto& file : service.files())
    CHECK(is_complete(file));
}

TEST_CASE("a folder that can not be written is said, and the preview lives on") {
  const SmallDisk disk;
  if (!disk.mounted()) {
    WARN("not run: no right to mount a small disk");
    return;
  }
  REQUIRE(disk.set_read_only(true));
  Service::Options options;
  options.recordings = disk.path() / "recordings";
  TemporaryFolder state;
  options.arguments = {"--state-dir", state.path().string()};
  Service service(std::move(options));
  REQUIRE(service.online());
  service.command("start");
  CHECK(wait_until([&] { return service.recorder().at("state").as_string() == "failed"; }, 5s));
  CHECK(service.health().status == 503);
  CHECK(service.status().at("preview").as_string() == "running");
  REQUIRE(disk.set_read_only(false));
  CHECK(wait_until([&] { return service.is_recording(); }, kPatience));
}
