// One folder is recorded to by one mini-dvr.

#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"
#include "support/captured_stderr.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

std::string recorder_detail(const Service& service) {
  const auto recorder = service.recorder();
  const auto* detail = recorder.if_contains("detail");
  return detail != nullptr && detail->is_string() ? std::string(detail->as_string()) : "";
}

}  // namespace

TEST_CASE("a second mini-dvr on the same folder ends and says why, and the first records on") {
  Service first;
  REQUIRE(first.online());
  first.command("start");
  REQUIRE(records(first));
  Service::Options options;
  options.recordings = first.recordings();
  options.arguments = {"--record-at-start", "on"};
  Service second(std::move(options));
  CHECK(second.end(0, 20s) == 1);
  CHECK(count(second.log(), "another mini-dvr records to " + first.recordings().string()) == 1);
  first.command("stop");
  CHECK(first.files().size() == 1);
  check_files_complete(first);
}

TEST_CASE("a folder that appears later is locked before anything is recorded there") {
  const TemporaryFolder folder;
  const fs::path disk = folder.write("disk", "not plugged in");
  Service::Options options;
  options.recordings = disk / "recordings";
  options.arguments = {"--state-dir", (folder.path() / "state").string()};
  Service service(std::move(options));
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(wait_until([&] { return service.recorder().at("state").as_string() == "failed"; },
                     kPatience));

  // The disk comes with somebody else's lock on it.
  fs::create_directories(folder.path() / "new/recordings/.partial");
  const auto lock_file = folder.path() / "new/recordings/.partial/lock";
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  REQUIRE(::flock(lock, LOCK_EX | LOCK_NB) == 0);
  // And what that one is writing, which looks as a leftover does.
  const fs::path journal = disk / "recordings/.partial/20261125_101000.journal";
  std::ofstream(folder.path() / "new/recordings/.partial" / journal.filename()) << "MDVRJRN2";
  fs::remove(disk);
  fs::rename(folder.path() / "new", disk);
  CHECK(wait_until(
      [&] { return recorder_detail(service).starts_with("another mini-dvr records to "); }, 40s));
  CHECK(service.recorder().at("frames").as_int64() == 0);
  CHECK(service.files().empty());
  CHECK(service.log().find("recovery:") == std::string::npos);
  CHECK(fs::exists(journal));

  ::close(lock);
  CHECK(records(service, 60s));
  const int late = ::open((disk / "recordings/.partial/lock").c_str(), O_RDWR | O_CLOEXEC);
  CHECK(::flock(late, LOCK_EX | LOCK_NB) != 0);
  ::close(late);
  service.command("stop");
  check_files_complete(service);
}
