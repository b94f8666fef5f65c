// A disk that answers with errors of input and output, to one kind of call or to all, as one does
// that was pulled or that dies: while it is recorded to, while nothing is, at a start, and where
// what was recorded is looked at.

#include "integration/support/recording_checks.hpp"
#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

using Catch::Matchers::Contains;

// Each takes up to a minute: all kinds of call with TEST_FULL, else these.
std::vector<std::string> kinds_of_call(std::vector<std::string> these,
                                       const std::vector<std::string>& others) {
  const char* full = std::getenv("TEST_FULL");
  if (full != nullptr && *full != '\0') these.insert(these.end(), others.begin(), others.end());
  return these;
}

// What failed is tried again after half a minute.
constexpr auto kNextTry = 30s + kPatience;

class OnDeadDisk {
 public:
  explicit OnDeadDisk(std::vector<std::string> arguments, const std::string& from_the_start = {}) {
    if (!from_the_start.empty()) kill(from_the_start);
    Service::Options options;
    options.arguments = {"--frame-buffer-mb", "512", "--resolution", "640x480"};
    options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
    options.recordings = folder_.path() / "recordings";
    options.environment = {"LD_PRELOAD=" MINIDVR_DEAD_DISK,
                           "DEAD_DISK_FOLDER=" + options.recordings.string(),
                           "DEAD_DISK_FILE=" + (folder_.path() / "dead").string()};
    service.emplace(std::move(options));
  }
  // Whole at once: it is read at any moment.
  void kill(const std::string& words) const {
    std::ofstream(folder_.path() / "dead.new") << words;
    fs::rename(folder_.path() / "dead.new", folder_.path() / "dead");
  }
  void mend() const { fs::remove(folder_.path() / "dead"); }

 private:
  TemporaryFolder folder_;

 public:
  std::optional<Service> service;
};

bool is_failing(const Service& service) {
  return service.health().status == 503;
}
bool is_well(const Service& service) {
  return service.health().status == 200;
}

std::string failure(const Service& service) {
  const auto health = json(service.health());
  const auto* detail = health.if_contains("detail");
  return detail == nullptr ? std::string() : std::string(detail->as_string());
}

boost::json::array recordings(const Service& service) {
  return json(get(service.app_port(), "/api/recordings")).at("recordings").as_array();
}

bool is_listed_as(const Service& service, const std::string& state) {
  const auto all = recordings(service);
  return all.size() == 1 && all[0].at("state").as_string() == state;
}

// Segments that are left in .partial once nothing is recorded.
std::size_t leftovers(const Service& service) {
  std::error_code ec;
  std::size_t count = 0;
  for (fs::directory_iterator entry(service.recordings() / ".partial", ec), end; entry != end;
       entry.increment(ec)) {
    const auto kind = entry->path().extension();
    count += kind == ".mp4" || kind == ".journal" ? 1U : 0U;
  }
  return count;
}

// Its name, once it is listed.
std::string record_one(Service& service) {
  service.command("start");
  REQUIRE(records(service));
  service.command("stop");
  REQUIRE(wait_until([&] { return is_listed_as(service, "complete"); }, kNextTry));
  return service.files().front().filename().string();
}

}  // namespace

TEST_CASE("a disk that fails while it is recorded to is told, and costs no frame once it is back",
          "[plain][preload]") {
  const auto what = GENERATE(from_range(
      kinds_of_call({"rename", "all"}, {"write", "sync", "create", "open", "read", "stat"})));
  CAPTURE(what);
  OnDeadDisk disk({"--segment-seconds", "2"});
  auto& service = *disk.service;
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  service.command("start");
  REQUIRE(records_after(service, 1));
  disk.kill(what);
  CHECK(wait_until([&] { return is_failing(service); }, 15s));
  CHECK_THAT(failure(service), Contains("nput/output error"));
  CHECK(service.status().at("preview").as_string() == "running");
  std::this_thread::sleep_for(2s);
  disk.mend();
  CHECK(wait_until([&] { return service.is_recording() && is_well(service); }, kPatience));
  CHECK(records(service));
  service.command("stop");
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
  CHECK(wait_until([&] { return leftovers(service) == 0; }, kNextTry));
  check_nothing_lost(service, preview);
  check_files_complete(service);
}

TEST_CASE("a disk that does not list or remove its files is recorded to all the same",
          "[plain][preload]") {
  const auto what = GENERATE(from_range(kinds_of_call({"unlink"}, {"list"})));
  CAPTURE(what);
  OnDeadDisk disk({"--segment-seconds", "2"});
  auto& service = *disk.service;
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  service.command("start");
  REQUIRE(records(service));
  disk.kill(what);
  CHECK(records_after(service, 2));
  CHECK(service.is_recording());
  if (what == "unlink") {
    const auto is_told = [&] {
      return service.log().find("stays in .partial: cannot remove") != std::string::npos;
    };
    CHECK(wait_until(is_told, kPatience));
    CHECK_THAT(service.log(), Contains(".journal: Input/output error"));
  }
  disk.mend();
  CHECK(records_after(service, 4));
  service.command("stop");
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
  CHECK(wait_until([&] { return leftovers(service) == 0; }, kNextTry));
  check_nothing_lost(service, preview);
  check_files_complete(service);
  CHECK(
      wait_until([&] { return recordings(service).size() == service.files().size(); }, kPatience));
}

TEST_CASE("a disk that fails while nothing is recorded, or at a start, is told, and waited for",
          "[plain][preload]") {
  const auto what =
      GENERATE(from_range(kinds_of_call({"all"}, {"write", "sync", "create", "open"})));
  CAPTURE(what);
  OnDeadDisk disk({"--segment-seconds", "600"}, what);
  auto& service = *disk.service;
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  service.command("start");
  CHECK(wait_until([&] { return is_failing(service); }, 15s));
  CHECK_THAT(failure(service), Contains("nput/output error"));
  disk.mend();
  CHECK(wait_until([&] { return service.is_recording() && is_well(service); }, kPatience));
  CHECK(records(service));
  service.command("stop");
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
  check_nothing_lost(service, preview);
}

TEST_CASE("a disk that fails while nothing is recorded is told before anybody records",
          "[plain][preload]") {
  OnDeadDisk disk({"--record-at-start", "off"});
  auto& service = *disk.service;
  const auto free_space = [&] {
    return service.status().at("disk").at("free").to_number<std::uint64_t>();
  };
  REQUIRE(service.online());
  REQUIRE(wait_until([&] { return free_space() > 0; }, kPatience));
  disk.kill("all");
  CHECK(wait_until([&] { return is_failing(service); }, 15s));
  CHECK_THAT(failure(service), Contains("nput/output error"));
  CHECK(wait_until([&] { return free_space() == 0; }, kPatience));  // that above it is no answer
  disk.mend();
  CHECK(wait_until([&] { return is_well(service); }, kPatience));
  CHECK(wait_until([&] { return free_space() > 0; }, kPatience));
}

TEST_CASE("what a disk does not give is no loss to the archive, and no word about the file",
          "[plain][preload]") {
  OnDeadDisk disk({"--segment-seconds", "600"});
  auto& service = *disk.service;
  REQUIRE(service.online());
  const auto name = record_one(service);
  const std::string address = "/api/recordings/" + name;
  REQUIRE(request(service.app_port(), "PATCH", address, R"({"note":"the door"})").status == 200);

  SECTION("asked for while it fails") {
    const auto what =
        GENERATE(from_range(kinds_of_call({"read"}, {"open", "stat", "list", "all"})));
    CAPTURE(what);
    disk.kill(what);
    if (what != "list" && what != "stat") {
      const auto frame = get(service.app_port(), "/recordings/" + name + "/frame?n=0");
      CHECK(frame.status >= 500);
    }
    if (what != "list" && what != "read")
      CHECK(request(service.app_port(), "DELETE", address).status >= 500);
    fs::create_directory(service.recordings() / "something");  // the folder is looked at anew
    std::this_thread::sleep_for(5s);
    disk.mend();
    CHECK(wait_until([&] { return is_listed_as(service, "complete"); }, kNextTry));
    CHECK(recordings(service)[0].at("note").as_string() == "the door");
    CHECK(recordings(service)[0].at("protected") == false);
    CHECK(get(service.app_port(), "/recordings/" + name + "/frame?n=0").status == 200);
  }
  SECTION("read first while it fails") {
    const auto what =
        GENERATE(from_range(kinds_of_call({"all"}, {"read", "open", "stat", "list"})));
    CAPTURE(what);
    REQUIRE(service.terminate() == 0);
    fs::remove(service.recordings() / ".state/index.cache");
    disk.kill(what);
    service.start();
    std::this_thread::sleep_for(4s);
    disk.mend();
    CHECK(wait_until([&] { return is_listed_as(service, "complete"); }, kNextTry));
    CHECK(recordings(service)[0].at("note").as_string() == "the door");
    CHECK(recordings(service)[0].at("protected") == false);
  }
  SECTION("waited for no longer than a moment") {
    const auto answer = [&] { return json(get(service.app_port(), "/api/recordings")); };
    const auto is_complete = [&] { return answer().at("complete").as_bool(); };
    CHECK_FALSE(answer().contains("problem"));
    REQUIRE(service.terminate() == 0);
    disk.kill("list");
    service.start();
    std::this_thread::sleep_for(4s);
    CHECK_FALSE(is_complete());
    CHECK(wait_until(is_complete, 15s + kPatience));
    CHECK(recordings(service).empty());
    for (const char* list_of : {"/api/recordings", "/api/recordings/days"}) {
      const auto told = json(get(service.app_port(), list_of));
      REQUIRE(told.contains("problem"));
      CHECK_THAT(std::string(told.at("problem").as_string()), Contains("nput/output error"));
    }
    disk.mend();
    CHECK(wait_until([&] { return is_listed_as(service, "complete"); }, kNextTry));
    CHECK_FALSE(answer().contains("problem"));
  }
  SECTION("deleted and changed while it fails") {
    for (const auto* what : {"rename", "write", "all"}) {
      CAPTURE(what);
      disk.kill(what);
      CHECK(request(service.app_port(), "PATCH", address, R"({"note":"another"})").status >= 500);
      disk.mend();
    }
    disk.kill("rename");
    CHECK(request(service.app_port(), "DELETE", address).status >= 500);
    disk.mend();
    CHECK(wait_until([&] { return is_listed_as(service, "complete"); }, kNextTry));
    CHECK(recordings(service)[0].at("note").as_string() == "the door");
    CHECK(request(service.app_port(), "DELETE", address).status == 200);
  }
}

TEST_CASE("the first deletion makes room also on a disk that has none to keep what was deleted",
          "[plain][preload]") {
  OnDeadDisk disk({"--segment-seconds", "600", "--record-at-start", "off"});
  auto& service = *disk.service;
  REQUIRE(service.online());
  const std::string address = "/api/recordings/" + record_one(service);
  const auto remove = [&] { return request(service.app_port(), "DELETE", address); };
  disk.kill("create");
  const auto refused = remove();
  CHECK(refused.status == 503);
  CHECK_THAT(refused.body, Contains("cannot make") && Contains("nput/output error"));
  disk.kill("full");
  const auto removed = remove();
  REQUIRE(removed.status == 200);
  CHECK(json(removed).at("restorable_seconds") == 0);
  CHECK(service.files().empty());
  CHECK(request(service.app_port(), "POST", address + "/restore").status == 404);
}

TEST_CASE("what a disk goes on not giving is told once, and why its notes can not be changed",
          "[plain][preload]") {
  OnDeadDisk disk({"--segment-seconds", "600", "--record-at-start", "off"});
  auto& service = *disk.service;
  REQUIRE(service.online());
  const std::string address = "/api/recordings/" + record_one(service);
  REQUIRE(request(service.app_port(), "PATCH", address, R"({"note":"the door"})").status == 200);
  disk.kill("read");
  // It is read anew: the folder says that it has changed, and so does the file.
  fs::last_write_time(service.files().front(), fs::file_time_type::clock::now());
  fs::create_directory(service.recordings() / "something");
  REQUIRE(wait_until([&] { return is_listed_as(service, "damaged"); }, kPatience));
  const auto changed = request(service.app_port(), "PATCH", address, R"({"note":"another"})");
  CHECK(changed.status == 503);
  CHECK_THAT(changed.body, Contains("nput/output error"));
  // By then it was tried again.
  WebSocket socket(service.app_port());
  CHECK_FALSE(socket.await("recordings", 35s).has_value());
  const std::string told = "its recording is kept until that is mended";
  const std::string log = service.log();
  REQUIRE(log.find(told) != std::string::npos);
  CHECK(log.find(told) == log.rfind(told));
}

TEST_CASE("what a killed run left on a disk that fails is completed when that gives it",
          "[plain][preload]") {
  const auto what =
      GENERATE(from_range(kinds_of_call({"all"}, {"list", "read", "open", "rename", "write"})));
  CAPTURE(what);
  OnDeadDisk disk({"--segment-seconds", "600", "--record-at-start", "off"});
  auto& service = *disk.service;
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  std::this_thread::sleep_for(2s);
  service.kill();
  REQUIRE(leftovers(service) > 0);
  disk.kill(what);
  service.start();
  std::this_thread::sleep_for(4s);
  disk.mend();
  CHECK(wait_until([&] { return service.files().size() == 1; }, kNextTry));
  check_files_complete(service);
  CHECK_FALSE(samples_of(service.files()).empty());
}
