// What breaks under a recording - ffmpeg, its trailer, the disk, the folder - through the whole
// program.

#include "integration/support/recording_checks.hpp"
#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"
#include "integration/support/usb_ports.hpp"
#include "support/another_boot.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include <sys/mount.h>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

// mini-dvr and its ffmpeg on a disk that fails when told.
class OnFailingDisk {
 public:
  // `environment`: beside that of the disk, before which it goes.
  explicit OnFailingDisk(std::vector<std::string> arguments, const char* from_the_start = nullptr,
                         const std::vector<std::string>& environment = {}) {
    if (from_the_start != nullptr) fault(from_the_start);
    Service::Options options;
    options.arguments = std::move(arguments);
    options.environment = {"LD_PRELOAD=" MINIDVR_FAILING_DISK,
                           "FAILING_DISK_FILE=" + (folder_.path() / "fault").string()};
    options.environment.insert(options.environment.end(), environment.begin(), environment.end());
    service.emplace(std::move(options));
  }
  void fault(const char* word) const { std::ofstream(folder_.path() / "fault") << word; }
  void well() const { fs::remove(folder_.path() / "fault"); }

  std::optional<Service> service;

 private:
  TemporaryFolder folder_;
};

std::int64_t restarts(const Service& service) {
  return service.recorder().at("restarts").as_int64();
}

bool is_stopped(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const auto end = text.rfind(')');
  return end != std::string::npos && end + 2 < text.size() && text[end + 2] == 'T';
}

}  // namespace

TEST_CASE("a disk that hangs at the start holds up neither page nor preview, and is told",
          "[plain]") {
  OnFailingDisk disk({"--record-at-start", "on"}, "hang");
  auto& service = *disk.service;
  REQUIRE(service.online());
  CHECK(get(service.app_port(), "/", 2s).status == 200);
  CHECK(get(service.app_port(), "/snapshot", 2s).status == 200);
  CHECK(wait_until(
      [&] {
        const auto check = json(service.health()).at("checks").at("disk").as_object();
        return std::string(check.at("detail").as_string()).find("has not answered for") !=
               std::string::npos;
      },
      kPatience));
  CHECK(service.health().status == 503);
  disk.well();
  CHECK(records(service));
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
}

TEST_CASE("a disk that hangs from the start to the end costs what waited, and that is told",
          "[plain]") {
  OnFailingDisk disk({"--record-at-start", "on"}, "hang");
  auto& service = *disk.service;
  REQUIRE(service.online());
  CHECK(wait_until([&] { return service.recorder().at("buffered_frames").as_int64() > 0; },
                   kPatience));
  CHECK(service.terminate() == 0);
  CHECK(service.log().find("frames were dropped: the disk did not take them in time") !=
        std::string::npos);
}

TEST_CASE("what is lost to a disk that hangs is told also where it knows which camera has the name",
          "[plain][preload]") {
  const UsbPorts ports;
  auto camera = ports.camera(0);
  ports.show(0, {"4A3C9D60", "1.2"});
  camera.plug();
  auto environment = ports.environment();
  for (auto& entry : environment) {
    if (entry.starts_with("LD_PRELOAD=")) entry += ":" MINIDVR_FAILING_DISK;
  }
  OnFailingDisk disk({"--record-at-start", "on", "--device", ports.device(0)}, "hang", environment);
  auto& service = *disk.service;
  REQUIRE(service.online());
  CHECK(wait_until([&] { return service.recorder().at("buffered_frames").as_int64() > 0; },
                   kPatience));
  CHECK(service.terminate() == 0);
  CHECK(service.log().find("frames were dropped: the disk did not take them in time") !=
        std::string::npos);
}

TEST_CASE("one ffmpeg writes all files of a recording, each from where the clock says") {
  Service service({"--segment-seconds", "2", "--segment-align", "on"});
  REQUIRE(service.online());
  service.command("start");
  std::set<pid_t> pids;
  std::size_t most = 0;
  CHECK(wait_until(
      [&] {
        const auto now = children_of(service.pid(), "ffmpeg");
        pids.insert(now.begin(), now.end());
        most = std::max(most, now.size());
        return service.files().size() >= 5;
      },
      60s));
  CHECK(pids.size() == 1);
  CHECK(most == 1);
  std::ifstream arguments("/proc/" + std::to_string(*pids.begin()) + "/cmdline");
  const std::string line{std::istreambuf_iterator<char>(arguments), {}};
  CHECK(line.find(std::string("-f\0segment\0", 11)) != std::string::npos);
  CHECK(line.find(std::string("-c\0copy\0", 8)) != std::string::npos);
  service.command("stop");
  check_files_complete(service);
  // 20261125_100002.mp4: the first frame of a file is the first one of an even second.
  for (std::size_t i = 1; i < service.files().size(); ++i) {
    const std::string name = service.files()[i].filename().string();
    CAPTURE(name);
    CHECK((name[14] - '0') % 2 == 0);
  }
}

TEST_CASE("ffmpeg is killed or stands still for five seconds exactly while it writes a trailer",
          "[plain]") {
  const auto* const word = GENERATE("kill", "stop");
  OnFailingDisk disk({"--segment-seconds", "3"});
  auto& service = *disk.service;
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  std::this_thread::sleep_for(300ms);
  service.command("start");
  std::this_thread::sleep_for(500ms);
  disk.fault(word);
  const auto ffmpeg = service.ffmpeg();
  REQUIRE(ffmpeg);
  if (std::string(word) == "kill") {
    CHECK(wait_until([&] { return !alive(*ffmpeg); }, kPatience));
    disk.well();
    CHECK(wait_until([&] { return service.is_recording() && restarts(service) == 1; }, kPatience));
  } else {
    CHECK(wait_until([&] { return is_stopped(*ffmpeg); }, kPatience));
    disk.well();
    std::this_thread::sleep_for(5s);
    ::kill(*ffmpeg, SIGCONT);
  }
  std::this_thread::sleep_for(4s);
  service.command("stop");
  check_nothing_lost(service, preview);
  check_files_complete(service);
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
}

TEST_CASE("a trailer that fails: the file is completed from the journal, the next one goes on",
          "[plain][preload]") {
  const auto* how = GENERATE("trailer", "trailer EIO");
  CAPTURE(how);
  OnFailingDisk disk({"--segment-seconds", "3"});
  auto& service = *disk.service;
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  std::this_thread::sleep_for(300ms);
  service.command("start");
  disk.fault(how);
  CHECK(wait_until([&] { return restarts(service) >= 1; }, kPatience));
  disk.well();
  CHECK(wait_until([&] { return service.is_recording(); }, kPatience));
  std::this_thread::sleep_for(4s);
  service.command("stop");
  check_nothing_lost(service, preview);
  check_files_complete(service);
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
}

TEST_CASE("a sync fails: the file ends at its last good one, health says so until one succeeds",
          "[plain][preload]") {
  OnFailingDisk disk({"--segment-seconds", "600"});
  auto& service = *disk.service;
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  std::this_thread::sleep_for(300ms);
  service.command("start");
  REQUIRE(records(service, kPatience));  // some of it is synced
  disk.fault("sync");
  CHECK(wait_until([&] { return service.health().status == 503; }, kPatience));
  // It does not flicker while no sync succeeds.
  for (int i = 0; i < 20; ++i) {
    const auto health = service.health();
    CHECK(health.status == 503);
    CHECK_FALSE(json(health).at("checks").at("disk").at("ok").as_bool());
    std::this_thread::sleep_for(100ms);
  }
  disk.well();
  CHECK(wait_until([&] { return service.health().status == 200; }, kPatience));
  service.command("stop");
  CHECK(wait_until([&] { return service.recorder().at("recovering").as_int64() == 0; }, kPatience));
  CHECK(service.files().size() >= 2);
  check_nothing_lost(service, preview);
  check_files_complete(service);
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
}

TEST_CASE("recording is switched off while ffmpeg hangs: what is in memory is written") {
  const auto after = GENERATE(0ms, 1000ms);
  Service service({"--segment-seconds", "600"});
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  std::this_thread::sleep_for(300ms);
  service.command("start");
  std::this_thread::sleep_for(2s);
  const auto ffmpeg = service.ffmpeg();
  REQUIRE(ffmpeg);
  ::kill(*ffmpeg, SIGSTOP);
  std::this_thread::sleep_for(after);
  const auto last = service.camera().counters().last_frame;
  const auto idle = service.command("stop");
  CHECK(idle.at("status").as_string() == "idle");
  CHECK(alive(service.pid()));
  CHECK(service.recorder().at("state").as_string() == "idle");
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
  check_files_complete(service);
  const auto samples = samples_of(service.files());
  REQUIRE_FALSE(samples.empty());
  CHECK(samples.back().frame.number + 3 >= last);  // some are on their way to us
  check_nothing_lost(service, preview);
}

TEST_CASE("the folder is moved, removed or mounted over during a recording: told, and gone on") {
  enum class What { moved, removed, mounted_over };
  const auto what = GENERATE(What::moved, What::removed, What::mounted_over);
  TemporaryFolder place;
  const auto recordings = place.path() / "recordings";
  const auto elsewhere = place.path() / "elsewhere";
  Service::Options options;
  options.recordings = recordings;
  options.arguments = {"--segment-seconds", "600", "--state-dir",
                       (place.path() / "state").string()};
  Service service(std::move(options));
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  std::this_thread::sleep_for(300ms);
  service.command("start");
  REQUIRE(records(service, kPatience));  // some of it is synced
  bool mounted = false;
  if (what == What::moved) fs::rename(recordings, elsewhere);
  if (what == What::removed) fs::remove_all(recordings);
  if (what == What::mounted_over) {
    mounted = ::mount("tmpfs", recordings.c_str(), "tmpfs", 0, "size=100m") == 0;
    if (!mounted) {
      WARN("not run: no right to mount");
      return;
    }
  }
  CHECK(wait_until([&] { return restarts(service) == 1 && service.is_recording(); }, kPatience));
  CHECK(service.logs("is not there any more"));
  std::this_thread::sleep_for(2s);
  service.command("stop");
  CHECK(service.files().size() == 1);
  check_files_complete(service);
  if (what == What::moved) {
    // What was synced is whole in the old place; together nothing is missing.
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(elsewhere)) {
      if (entry.path().extension() == ".mp4") all.push_back(entry.path());
    }
    REQUIRE(all.size() == 1);
    CHECK(is_complete(all.front()));
    fs::copy_file(all.front(), recordings / ("0" + all.front().filename().string()));
    check_nothing_lost(service, preview);
  }
  if (mounted) ::umount2(recordings.c_str(), MNT_DETACH);
}

TEST_CASE("a large file of another boot holds up neither the recording nor the status", "[plain]") {
  TemporaryFolder place;
  const auto recordings = place.path() / "recordings";
  {
    Service::Options options;
    options.recordings = recordings;
    options.arguments = {"--segment-seconds", "600"};
    Service first(std::move(options));
    REQUIRE(first.online());
    first.command("start");
    REQUIRE(records(first, kPatience));  // some of it is synced
    first.kill();
  }
  // As if it were 2 GB, of another boot, and most of it not synced: all of that would have to be
  // read.
  for (const auto& entry : fs::directory_iterator(recordings / ".partial")) {
    if (entry.path().extension() == ".mp4") fs::resize_file(entry.path(), std::uintmax_t{2} << 30);
    if (entry.path().extension() == ".journal") make_of_another_boot(entry.path());
  }
  Service::Options options;
  options.recordings = recordings;
  options.arguments = {"--segment-seconds", "600"};
  const auto start = std::chrono::steady_clock::now();
  Service service(std::move(options));
  const std::chrono::duration<double> answered = std::chrono::steady_clock::now() - start;
  CHECK(wait_until([&] { return service.is_recording(); }, kPatience));
  const std::chrono::duration<double> recording = std::chrono::steady_clock::now() - start;
  WARN("the status answered after " << answered.count() << " s, recording after "
                                    << recording.count() << " s");
  CHECK(wait_until([&] { return service.files().size() == 1; }, kPatience));
  // The old file waits for the new one.
  const auto log = service.log();
  CHECK(log.find("recorder: writing") < log.find("recovery: completed"));
  service.command("stop");
  check_files_complete(service);
}
