// The archive stays within its limits, through the whole program, and recording goes on.

#include "archive/recording_name.hpp"
#include "archive/sidecar.hpp"
#include "integration/http/raw_client.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"
#include "integration/support/small_disk.hpp"
#include "support/file_bytes.hpp"
#include "unit/archive/recording_files.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

#include <sys/wait.h>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

// A client that takes 200 KB a second.
class SlowDownload {
 public:
  SlowDownload(std::uint16_t port, const std::string& target, std::size_t size)
      : client_(port, 4096), thread_([this, size] { read(size); }) {
    client_.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  SlowDownload(const SlowDownload&) = delete;
  ~SlowDownload() {
    if (thread_.joinable()) thread_.join();
  }
  // Waits for its end.
  std::string body() {
    thread_.join();
    return client_.response().body;
  }

 private:
  void read(std::size_t size) {
    constexpr std::size_t kStep = 20'000;
    for (std::size_t bytes = kStep; bytes < size && client_.fill(bytes); bytes += kStep)
      std::this_thread::sleep_for(100ms);
  }

  RawClient client_;
  std::thread thread_;
};

// Recorded so many days ago.
std::string add_old(const fs::path& folder, int days) {
  fs::create_directories(folder);
  const WallTime start = std::chrono::system_clock::now() - days * 24h;
  std::string name = file_stamp(start) + ".mp4";
  write_recording(folder, name, start);
  return name;
}

void protect(const fs::path& folder, const std::string& name) {
  archive::Notes notes;
  notes.is_protected = true;
  std::ofstream(folder / archive::sidecar_name(name)) << archive::serialize_notes(notes);
}

struct CleanupRun {
  int status = -1;
  std::string output;  // with what it complains about
};

CleanupRun run_cleanup(const fs::path& recordings, const std::string& options) {
  const std::string command = Service::tested_program().string() + " cleanup --recordings-dir '" +
                              recordings.string() + "' " + options + " 2>&1";
  CleanupRun run;
  FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  while (const auto n = std::fread(buffer, 1, sizeof buffer, pipe))
    run.output.append(buffer, n);
  const int status = ::pclose(pipe);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return run;
}

std::string retention_text(const Service& service, const char* field) {
  const auto status = service.status();
  const auto& retention = status.at("archive").at("retention").as_object();
  const auto* text = retention.if_contains(field);
  return text == nullptr ? std::string() : boost::json::value_to<std::string>(*text);
}

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("a disk that takes no further files, however empty: the oldest go, and it records on") {
  const SmallDisk disk("100m,nr_inodes=80");
  if (!disk.mounted()) {
    WARN("not run: no right to mount a small disk");
    return;
  }
  Service::Options options;
  options.arguments = {"--resolution", "640x480", "--segment-seconds", "2",
                       "--min-free",   "1M",      "--max-age-days",    "0"};
  options.recordings = disk.path() / "recordings";
  for (int days = 1; days <= 50; ++days)
    add_old(options.recordings, days);
  Service service(std::move(options));
  REQUIRE(service.online());
  REQUIRE(wait_until([&] { return service.files().size() < 50; }, kPatience));
  service.command("start");
  const auto newest = [&] { return service.files().empty() ? fs::path() : service.files().back(); };
  const auto before = newest();
  CHECK(wait_until([&] { return newest() > before; }, kPatience));
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
  CHECK(service.is_recording());
  service.command("stop");
}

TEST_CASE("a small disk that is written fast never fills: the oldest go, and none that may not",
          "[plain][preload]") {
  const SmallDisk disk("100m");
  if (!disk.mounted()) {
    WARN("not run: no right to mount a small disk");
    return;
  }
  Service::Options options;
  options.arguments = {"--segment-seconds", "3", "--min-free", "36M", "--max-age-days", "0"};
  options.recordings = disk.path() / "recordings";
  Service service(std::move(options));
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(wait_until([&] { return service.files().size() >= 2; }, kPatience));
  const auto files = service.files();
  const std::string is_protected = files[0].filename();
  const std::string downloaded = files[1].filename();
  REQUIRE(request(service.app_port(), "PATCH", "/api/recordings/" + is_protected,
                  R"({"protected":true})")
              .status == 200);
  const std::string bytes = file_bytes(files[1]);

  // A client that reads slowly holds its file, longer than a player that asks for parts.
  SlowDownload download(service.app_port(), "/recordings/" + downloaded, bytes.size());
  WebSocket socket(service.app_port());
  std::set<std::string> removed;
  while (removed.size() < 5) {
    const auto message = socket.await("recordings", 60s);
    REQUIRE(message);
    for (const auto& name : message->at("removed").as_array())
      removed.insert(boost::json::value_to<std::string>(name));
    REQUIRE(service.recorder().at("state").as_string() == "recording");
  }
  CHECK(service.health().status == 200);
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
  CHECK(service.recorder().at("gaps").as_int64() == 0);
  CHECK(fs::exists(files[0]));
  CHECK(fs::exists(files[1]));
  for (const auto& name : removed) {
    CHECK_FALSE(fs::exists(disk.path() / "recordings" / name));
    CHECK(service.logs(name + " was deleted: less than min_free is free"));
  }
  // Of those that may go, none older is left.
  for (const auto& file : service.files()) {
    if (file == files[0] || file == files[1]) continue;
    CHECK(file.filename().string() > *removed.rbegin());
  }
  CHECK((download.body() == bytes));
  service.command("stop");
  check_files_complete(service);
}

TEST_CASE("what is older than a week is deleted at a start, told why, and nothing else") {
  TemporaryFolder recordings;
  const auto old = add_old(recordings.path(), 8);
  const auto young = add_old(recordings.path(), 6);
  const auto is_protected = add_old(recordings.path(), 9);
  protect(recordings.path(), is_protected);
  recordings.write("20200101_000000.avi", "mine");
  Service::Options options;
  options.recordings = recordings.path();
  Service service(std::move(options));
  CHECK(wait_until([&] { return !fs::exists(recordings.path() / old); }, kPatience));
  CHECK(fs::exists(recordings.path() / young));
  CHECK(fs::exists(recordings.path() / is_protected));
  CHECK(fs::exists(recordings.path() / "20200101_000000.avi"));
  CHECK(service.logs(old + " was deleted: it is older than max_age_days"));
  CHECK(service.logs("unless they are protected: older than 7 days"));
  const auto count = [&] {
    return service.status().at("archive").at("recordings").to_number<int>();
  };
  CHECK(wait_until([&] { return count() == 2; }, kPatience));
  const auto status = service.status();
  const auto& summary = status.at("archive").as_object();
  CHECK(summary.at("complete").as_bool());
  CHECK(summary.at("protected_bytes").to_number<std::uint64_t>() ==
        fs::file_size(recordings.path() / is_protected));
  CHECK(summary.at("reaches_back_seconds").to_number<double>() ==
        Approx(9 * 86400.0).margin(100).epsilon(0));
  CHECK(summary.at("retention").at("max_age_days").to_number<int>() == 7);
}

TEST_CASE("what can not be deleted is told once, and recording is not bothered") {
  const SmallDisk disk;
  if (!disk.mounted()) {
    WARN("not run: no right to mount a small disk");
    return;
  }
  const auto old = add_old(disk.path(), 8);
  const auto older = add_old(disk.path(), 9);
  REQUIRE(disk.set_read_only(true));
  TemporaryFolder state;
  Service::Options options;
  options.recordings = disk.path();
  options.arguments = {"--state-dir", state.path().string()};
  Service service(std::move(options));
  CHECK(wait_until([&] { return !retention_text(service, "stopped").empty(); }, kPatience));
  REQUIRE(service.logs("cannot delete "));
  std::this_thread::sleep_for(5s);  // two more looks
  CHECK(count_in(service.log(), "cannot delete ") == 1);
  CHECK(count_in(service.log(), "Read-only file system") >= 1);
  CHECK(fs::exists(disk.path() / old));
  const auto cleanup = run_cleanup(disk.path(), "--min-free 0");
  CHECK(cleanup.status == 1);
  CHECK(cleanup.output.find("cannot delete ") != std::string::npos);
  CHECK(cleanup.output.find("0 of 2 recordings") != std::string::npos);
  REQUIRE(disk.set_read_only(false));
  CHECK(run_cleanup(disk.path(), "--min-free 0").status == 0);
  CHECK_FALSE(fs::exists(disk.path() / older));
}

TEST_CASE("cleanup tells what would go, then deletes it, beside a recording that goes on") {
  Service service({"--segment-seconds", "3", "--segment-align", "off", "--max-age-days", "0",
                   "--resolution", "1280x720"});
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(wait_until([&] { return service.files().size() >= 3; }, kPatience));
  const auto files = service.files();
  REQUIRE(fs::file_size(files[0]) > 1U << 20);
  const std::string is_protected = files[0].filename();
  REQUIRE(request(service.app_port(), "PATCH", "/api/recordings/" + is_protected,
                  R"({"protected":true})")
              .status == 200);
  std::ofstream(service.recordings() / "holiday.mp4") << "mine";
  const std::string limits = "--max-age-days 0 --min-free 0 --max-size 1M";
  const auto dry = run_cleanup(service.recordings(), "--dry-run " + limits);
  CHECK(dry.status == 1);  // what is protected takes more
  CHECK(dry.output.find("would delete " + files[1].filename().string()) != std::string::npos);
  CHECK(dry.output.find("more than max_size") != std::string::npos);
  CHECK(dry.output.find(is_protected) == std::string::npos);
  for (const auto& file : files)
    CHECK(fs::exists(file));

  WebSocket socket(service.app_port());
  const auto wet = run_cleanup(service.recordings(), limits);
  CHECK(wet.status == 1);
  CHECK(wet.output.find("deleted " + files[1].filename().string()) != std::string::npos);
  CHECK(fs::exists(files[0]));
  CHECK_FALSE(fs::exists(files[1]));
  CHECK_FALSE(fs::exists(files[2]));
  CHECK(fs::exists(service.recordings() / "holiday.mp4"));
  // Who runs sees it by itself.
  for (bool told = false; !told;) {
    const auto message = socket.await("recordings");
    REQUIRE(message);
    told = !message->at("removed").as_array().empty();
  }
  CHECK(service.is_recording());
  service.command("stop");
  fs::remove(service.recordings() / "holiday.mp4");
  check_files_complete(service);

  for (const std::string wrong :
       {"--max-size 5GB", "--max-size 200", "--min-free x", "--max-age-days -1", "now"}) {
    CAPTURE(wrong);
    CHECK(run_cleanup(service.recordings(), wrong).status == 2);
  }
}

TEST_CASE("in a folder that another mini-dvr records to nothing is deleted") {
  TemporaryFolder recordings;
  const auto old = add_old(recordings.path(), 8);
  Service::Options first;
  first.recordings = recordings.path();
  first.arguments = {"--max-age-days", "0"};
  Service owner(std::move(first));
  REQUIRE(wait_until([&] { return owner.log().find("archive: 1 recordings") != std::string::npos; },
                     kPatience));
  Service::Options second;
  second.recordings = recordings.path();
  second.answers = false;
  Service stranger(std::move(second));
  CHECK(wait_until([&] { return stranger.log().find("mini-dvr: ended") != std::string::npos; },
                   kPatience));
  CHECK(stranger.log().find("was deleted") == std::string::npos);
  CHECK(fs::exists(recordings.path() / old));
}

TEST_CASE("what was recorded before the clock was set does not look old", "[plain][preload]") {
  TemporaryFolder clock;
  const auto offset = clock.path() / "offset";
  std::ofstream(offset) << -10 * 86400;
  Service::Options options;
  options.arguments = {"--segment-seconds", "2", "--resolution", "640x480"};
  options.environment = {"LD_PRELOAD=" MINIDVR_WALL_CLOCK,
                         "WALL_CLOCK_OFFSET_FILE=" + offset.string()};
  Service service(std::move(options));
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(wait_until([&] { return service.files().size() >= 2; }, kPatience));
  const auto files = service.files();
  std::ofstream(offset) << 0;
  const std::size_t before = service.files().size();
  // A pass comes every minute.
  std::this_thread::sleep_for(65s);
  for (const auto& file : files)
    CHECK(fs::exists(file));
  CHECK(service.files().size() > before);
  service.command("stop");
}
