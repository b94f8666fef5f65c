// A recordings folder on FAT, exFAT, NTFS, NFS or CIFS: what each of them refuses is done without.

#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"
#include "support/captured_stderr.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

// Reached within some seconds.
constexpr const char* kLargest = "1000000";

struct OddDisk {
  // `more`: further words to the environment.
  explicit OddDisk(const std::string& kind_of_disk, const std::vector<std::string>& more = {})
      : kind(kind_of_disk) {
    Service::Options options;
    options.recordings = folder.path() / "recordings";
    // A short segment reserves little for its header.
    options.arguments = {"--resolution", "320x240", "--segment-seconds", "30"};
    options.environment = {"LD_PRELOAD=" MINIDVR_ODD_DISK, "ODD_DISK=" + kind,
                           "ODD_DISK_FOLDER=" + folder.path().string()};
    options.environment.insert(options.environment.end(), more.begin(), more.end());
    service = std::make_unique<Service>(std::move(options));
  }

  std::vector<std::string> listed() const {
    std::vector<std::string> names;
    const auto answer = json(get(service->app_port(), "/api/recordings"));
    for (const auto& one : answer.at("recordings").as_array())
      names.emplace_back(one.at("name").as_string());
    return names;
  }
  unsigned ask(const std::string& method, const std::string& target,
               const std::string& body = {}) const {
    const auto answer = request(service->app_port(), method, "/api/recordings/" + target, body);
    if (answer.status >= 400) UNSCOPED_INFO(kind << ": " << answer.body);
    return answer.status;
  }
  bool lists(std::size_t count) const {
    return wait_until([&] { return listed().size() == count; }, kPatience);
  }

  std::string kind;
  TemporaryFolder folder;
  std::unique_ptr<Service> service;
};

}  // namespace

TEST_CASE("it records to FAT, exFAT, NTFS, NFS and CIFS, whatever each of them refuses",
          "[plain]") {
  std::vector<std::unique_ptr<OddDisk>> disks;
  for (const auto* kind : {"fat", "exfat", "ntfs", "nfs", "cifs"})
    disks.push_back(std::make_unique<OddDisk>(kind));
  for (const auto& disk : disks) {
    REQUIRE(disk->service->online());
    disk->service->command("start");
  }
  for (const auto& disk : disks) {
    CAPTURE(disk->kind);
    REQUIRE(records(*disk->service));
    // Of what is being written, too.
    const std::string name(disk->service->status().at("current_file").as_string());
    REQUIRE(wait_until([&] { return disk->ask("GET", name) == 200; }, kPatience));
    CHECK(disk->ask("PATCH", name, R"({"note":"while it is written"})") == 200);
    disk->service->command("stop");
    REQUIRE(disk->lists(1));
    CHECK(disk->ask("PATCH", name, R"({"protected":true})") == 200);
    CHECK(disk->ask("DELETE", name) == 409);
    CHECK(disk->ask("PATCH", name, R"({"protected":false})") == 200);
    CHECK(disk->ask("DELETE", name) == 200);
    CHECK(disk->lists(0));
    CHECK(disk->ask("POST", name + "/restore") == 200);
    CHECK(disk->lists(1));
    disk->service->command("start");
  }
  for (const auto& disk : disks) {
    CAPTURE(disk->kind);
    REQUIRE(records(*disk->service));
    disk->service->kill();
    disk->service->start();
    CHECK(wait_until([&] { return disk->listed().size() >= 2; }, kPatience));
    check_files_complete(*disk->service);
    const auto log = disk->service->log();
    CHECK(log.find("stays in .partial") == std::string::npos);
    const bool has_locks = disk->kind != "nfs" && disk->kind != "cifs";
    CHECK((log.find("can not be locked") == std::string::npos) == has_locks);
  }
}

TEST_CASE("what a file system takes no larger is gone on with in another file, without a loss",
          "[plain]") {
  OddDisk disk("fat", {std::string("ODD_DISK_LARGEST=") + kLargest});
  auto& service = *disk.service;
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  service.command("start");
  CHECK(wait_until([&] { return service.recorder().at("restarts").as_int64() > 0; }, 30s));
  const auto before = service.recorder().at("frames").as_int64();
  CHECK(wait_until([&] { return service.recorder().at("frames").as_int64() > before; }, kPatience));
  service.command("stop");
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
  CHECK(service.files().size() >= 2);
  for (const auto& file : service.files())
    CHECK(fs::file_size(file) <= std::stoul(kLargest));
  check_nothing_lost(service, preview);
  check_files_complete(service);
}
