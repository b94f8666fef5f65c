// mini-dvr doctor: beside a recorder that runs on the virtual camera, and without one.

#include "integration/support/command.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"
#include "integration/support/small_disk.hpp"
#include "integration/support/stream_reader.hpp"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>
#include <utility>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

using Catch::Matchers::Contains;

// Any disk keeps up with so little, and nothing is judged by how much of it is free.
const std::vector<std::string> kSmall = {"--resolution", "640x480", "--min-free", "0"};

// What is asked of a machine without a recorder that runs.
class Patient {
 public:
  explicit Patient(std::vector<std::string> more = {}) {
    arguments_ = {"doctor",
                  "--device",
                  "virtual",
                  "--app-host",
                  "127.0.0.1",
                  "--app-port",
                  std::to_string(free_port()),
                  "--preview-host",
                  "127.0.0.1",
                  "--preview-port",
                  std::to_string(free_port()),
                  "--recordings-dir",
                  (folder_.path() / "recordings").string()};
    arguments_.insert(arguments_.end(), kSmall.begin(), kSmall.end());
    arguments_.insert(arguments_.end(), more.begin(), more.end());
    fs::create_directory(folder_.path() / "recordings");
  }
  Said examined(std::vector<std::string> environment = {},
                const std::function<void()>& before_exec = {}) const {
    environment.push_back("MINIDVR_VIRTUAL_CAMERA=" + (folder_.path() / "camera").string());
    return say(arguments_, environment, before_exec);
  }
  // It is there, and plugged in.
  virtual_camera::VirtualCamera with_camera() const {
    return virtual_camera::VirtualCamera(folder_.path() / "camera");
  }
  fs::path folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  std::vector<std::string> arguments_;
};

Said examined(const Service& service) {
  std::vector<std::string> words{"doctor"};
  words.insert(words.end(), service.arguments().begin(), service.arguments().end());
  return say(words, service.environment());
}

// A terminal that belongs to this test: a device that is no camera, and that it has open.
class OwnDevice {
 public:
  OwnDevice() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) return;
    const char* name = ::ptsname(master_);
    if (name == nullptr) return;
    path_ = name;
    open_ = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  OwnDevice(const OwnDevice&) = delete;
  OwnDevice& operator=(const OwnDevice&) = delete;
  ~OwnDevice() {
    if (open_ >= 0) ::close(open_);
    if (master_ >= 0) ::close(master_);
  }
  bool is_open() const { return open_ >= 0; }
  const std::string& path() const { return path_; }

 private:
  int master_;
  int open_ = -1;
  std::string path_;
};

}  // namespace

TEST_CASE("doctor finds nothing wrong where all is well, and says what it looked at") {
  const Patient patient;
  const auto camera = patient.with_camera();
  const auto said = patient.examined();
  INFO(said.out);
  CHECK(said.status == 0);
  CHECK_THAT(said.out, Contains("ok       service       no mini-dvr runs with these settings\n"));
  CHECK_THAT(said.out, Contains("ok       ustreamer     version "));
  CHECK_THAT(said.out, Contains("ok       ffmpeg        version "));
  CHECK_THAT(said.out, Contains("ok       v4l2-ctl      version "));
  CHECK_THAT(said.out, Contains("ok       camera        virtual is there"));
  CHECK_THAT(said.out, Contains("ok       format        the camera offers 640x480 at 30"));
  CHECK_THAT(said.out, Contains("ok       app_port      port "));
  CHECK_THAT(said.out, Contains("ok       preview_port  port "));
  CHECK_THAT(said.out, Contains("recordings can be written\n"));
  CHECK_THAT(said.out, Contains(" MB/s written, "));
  CHECK_THAT(said.out, Contains("\n0 problems, "));
  CHECK(fs::is_empty(patient.folder() / "recordings"));
}

TEST_CASE("doctor beside a recorder that records: all is ours, and no frame is lost") {
  Service service(kSmall);
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service, kPatience));
  const auto ustreamer = service.ustreamer();
  const auto said = examined(service);
  INFO(said.out);
  CHECK(said.status == 0);
  CHECK_THAT(said.out, Contains("mini-dvr runs, and is well"));
  CHECK_THAT(said.out, Contains("virtual delivers to the mini-dvr that runs"));
  CHECK_THAT(said.out, Contains("app_port      port " + std::to_string(service.app_port()) +
                                " is that of the mini-dvr that runs"));
  CHECK_THAT(said.out, Contains("preview_port  port " + std::to_string(service.preview_port()) +
                                " is that of the mini-dvr that runs"));
  CHECK_THAT(said.out, Contains("what the camera sends"));
  CHECK(service.is_recording());
  CHECK(service.ustreamer() == ustreamer);
  const auto recorder = service.recorder();
  CHECK(recorder.at("dropped_frames").as_int64() == 0);
  CHECK(recorder.at("gaps").as_int64() == 0);
  CHECK(recorder.at("restarts").as_int64() == 0);
  service.command("stop");
}

TEST_CASE(
    "doctor beside a recorder that lets nobody in: it runs, and nothing of it is to be ended") {
  Service service(kSmall);
  REQUIRE(service.online());
  std::ofstream(service.folder() / "accounts.json") << "{";
  REQUIRE(service.logs("nobody is let in: "));
  const auto said = examined(service);
  INFO(said.out);
  CHECK_THAT(said.out, Contains("warning  service       mini-dvr runs on 127.0.0.1:"));
  CHECK_THAT(said.out, Contains("nobody is let in: the log of mini-dvr says why"));
  CHECK_THAT(said.out, Contains("problem  accounts      nobody is let in: "));
  CHECK_THAT(said.out, Contains(" is that of the mini-dvr that runs"));
  CHECK_THAT(said.out, !Contains("end it"));
}

TEST_CASE("doctor names a camera that is not there, and a recorder that fails for it") {
  const Patient patient({"--device", "/dev/no-such-camera"});
  const auto said = patient.examined();
  CHECK(said.status == 1);
  CHECK_THAT(said.out, Contains("problem  camera        /dev/no-such-camera is not there\n"));
  CHECK_THAT(said.out, Contains("-> plug the camera in"));
  CHECK_THAT(said.out, Contains("\n1 problem, "));

  Service service;
  REQUIRE(service.online());
  service.camera().unplug();
  REQUIRE(wait_until([&] { return service.health().status == 503; }, kPatience));
  const auto beside = examined(service);
  CHECK(beside.status == 1);
  CHECK_THAT(beside.out, Contains("problem  service       mini-dvr runs, and fails: preview: "));
}

TEST_CASE("doctor takes another server's stream for no word on the camera here") {
  const OwnDevice device;
  const std::string path = device.is_open() ? device.path() : "/dev/no-such-camera";
  std::atomic<bool> ended{false};
  ScriptedServer server({[&ended](const ScriptedServer::Connection& client) {
    client.send(kHead);
    for (std::size_t i = 0; i < 600 && !ended; ++i) {
      client.send(part("", 1000 + i));
      std::this_thread::sleep_for(100ms);
    }
  }});
  std::vector<std::string> arguments{
      "--device", path, "--stream-url",
      "http://anna:fnord17@127.0.0.1:" + std::to_string(server.port()) + "/stream"};
  arguments.insert(arguments.end(), kSmall.begin(), kSmall.end());
  const Service service(arguments);
  REQUIRE(service.online());
  const auto said = examined(service);
  ended = true;
  INFO(said.out);
  // What is wrong here keeps nothing from being recorded.
  CHECK(said.status == 0);
  CHECK_THAT(said.out, Contains("mini-dvr runs, and is well"));
  CHECK_THAT(said.out, Contains("ok       stream        the stream is that of http://anna:***@"));
  CHECK_THAT(said.out, Contains("/stream; what ustreamer serves is not recorded\n"));
  CHECK_THAT(said.out, Contains("warning  camera        "));
  CHECK_THAT(said.out, Contains(path));
  CHECK_THAT(said.out, !Contains("delivers to the mini-dvr that runs"));
}

TEST_CASE("doctor names the process that has the camera open, and what is no camera") {
  const OwnDevice device;
  if (!device.is_open()) {
    WARN("not run: no terminal of its own to be had");
    return;
  }
  const Patient patient({"--device", device.path()});
  const auto said = patient.examined();
  INFO(said.out);
  CHECK(said.status == 1);
  CHECK_THAT(said.out,
             Contains("(pid " + std::to_string(::getpid()) + ") has " + device.path() + " open"));
  CHECK_THAT(said.out, Contains("end it: kill " + std::to_string(::getpid())));
  CHECK_THAT(said.out, Contains("problem  format        the camera does not say what it offers"));
}

TEST_CASE("doctor says what the camera offers instead of what is wanted") {
  const Patient patient({"--resolution", "800x600"});
  const auto camera = patient.with_camera();
  const auto said = patient.examined();
  CHECK(said.status == 1);
  CHECK_THAT(said.out, Contains("problem  format        the camera does not offer 800x600"));
  CHECK_THAT(said.out,
             Contains("640x480 at 60 or 30, 1280x720 at 60 or 30, 1920x1080 at 60 or 30"));
}

TEST_CASE("doctor names a program that is missing and a port that another one has") {
  const Service other;
  const Patient patient(
      {"--ffmpeg-bin", "no-such-ffmpeg", "--preview-port", std::to_string(other.app_port())});
  const auto said = patient.examined();
  INFO(said.out);
  CHECK(said.status == 1);
  CHECK_THAT(said.out,
             Contains("problem  ffmpeg        there is no program no-such-ffmpeg on PATH"));
  CHECK_THAT(said.out, Contains("-> apt install ffmpeg"));
  const auto port = std::to_string(other.app_port());
  CHECK_THAT(said.out,
             Contains("problem  preview_port  port " + port + " is taken by mini-dvr (pid " +
                      std::to_string(other.pid()) + ")\n"));
}

// As one that sits in a driver: in another group it does not hear what is sent to its own.
TEST_CASE("doctor does not wait for a program that does not end when it is killed") {
  const TemporaryFolder place;
  const auto tool =
      place.write("v4l2-ctl", "#!/bin/sh\nexec perl -e 'setpgrp 0, getpgrp getppid; sleep 600'\n");
  fs::permissions(tool, fs::perms::owner_all);
  const Patient patient({"--v4l2-ctl-bin", tool.string()});
  const auto camera = patient.with_camera();
  const auto began = std::chrono::steady_clock::now();
  const auto said = patient.examined();
  INFO(said.out);
  CHECK(said.status == 1);
  CHECK_THAT(said.out, Contains("v4l2-ctl did not end within 5 s"));
  CHECK_THAT(said.out, Contains("v4l2-ctl did not end within 7 s"));
  CHECK(std::chrono::steady_clock::now() - began < kPatience);
}

TEST_CASE("doctor names all that is missing where nothing is installed") {
  const Patient patient({"--device", "/dev/no-such-camera"});
  const auto said = patient.examined({"PATH=/no-such-folder"});
  INFO(said.out);
  CHECK(said.status == 1);
  const std::pair<const char*, const char*> programs[] = {
      {"ustreamer", "ustreamer"}, {"ffmpeg", "ffmpeg"}, {"v4l2-ctl", "v4l-utils"}};
  for (const auto& [program, package] : programs) {
    CHECK_THAT(said.out, Contains(std::string("there is no program ") + program + " on PATH"));
    CHECK_THAT(said.out, Contains(std::string("-> apt install ") + package));
  }
  CHECK_THAT(said.out, Contains("\n4 problems, "));
}

TEST_CASE("doctor says how its user gets at a camera that only root may use") {
  constexpr unsigned kNobody = 65534;
  constexpr mode_t kForItsGroup = S_IFCHR | 0660;
  constexpr unsigned kV4l2 = 81;
  const TemporaryFolder devices;
  const auto device = devices.path() / "camera";
  fs::permissions(devices.path(), fs::perms(0755));
  if (::mknod(device.c_str(), kForItsGroup, makedev(kV4l2, 255)) != 0) {
    WARN("not run: no right to make a device");
    return;
  }
  const Patient patient({"--device", device.string()});
  const auto said = patient.examined({}, [] {
    if (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)
      ::_exit(126);
  });
  if (said.status > 1) {
    WARN("not run: nobody else may run the program");
    return;
  }
  INFO(said.out);
  CHECK(said.status == 1);
  CHECK_THAT(said.out, Contains("nobody may not use " + device.string()));
  CHECK_THAT(said.out, Contains("-> sudo chgrp video " + device.string()));
}

TEST_CASE("doctor measures a disk that is too slow for the picture", "[plain][preload]") {
  const Patient patient({"--resolution", "1920x1080"});
  const auto camera = patient.with_camera();
  const auto word = patient.folder() / "word";
  std::ofstream(word) << "slow";
  const auto said =
      patient.examined({"LD_PRELOAD=" MINIDVR_FAILING_DISK, "FAILING_DISK_FILE=" + word.string()});
  INFO(said.out);
  CHECK(said.status == 1);
  CHECK_THAT(said.out, Contains("are usual for such a picture: the disk is too slow"));
  CHECK_THAT(said.out, Contains("-> use a faster disk"));
}

TEST_CASE("doctor says that a clock was never set", "[plain][preload]") {
  const Patient patient;
  const auto camera = patient.with_camera();
  const auto offset = patient.folder() / "offset";
  constexpr long kTenYears = 10L * 365 * 86400;
  std::ofstream(offset) << -kTenYears;
  const auto said = patient.examined(
      {"LD_PRELOAD=" MINIDVR_WALL_CLOCK, "WALL_CLOCK_OFFSET_FILE=" + offset.string()});
  INFO(said.out);
  CHECK(said.status == 1);
  CHECK_THAT(said.out, Contains("problem  clock"));
  CHECK_THAT(said.out, Contains("which is over"));
  CHECK_THAT(said.out, Contains("-> connect the machine to a network with a time server"));
}

TEST_CASE("doctor says why a folder can not be written") {
  const Patient patient;
  const auto file = patient.folder() / "file";
  std::ofstream(file) << "text";
  const Patient in_a_file({"--recordings-dir", file.string()});
  CHECK_THAT(in_a_file.examined().out,
             Contains("problem  recordings    " + file.string() + " is no folder"));
  const auto loop = patient.folder() / "loop";
  fs::create_symlink(loop, loop);
  const Patient in_a_loop({"--recordings-dir", loop.string()});
  CHECK_THAT(in_a_loop.examined().out, Contains("Too many levels of symbolic links"));

  const SmallDisk disk;
  if (!disk.mounted()) {
    WARN("not run: no right to mount a small disk");
    return;
  }
  const auto recordings = disk.path() / "recordings";
  fs::create_directory(recordings);
  const Patient on_disk({"--recordings-dir", recordings.string(), "--min-free", "0"});
  CHECK_THAT(on_disk.examined().out, Contains(recordings.string() + " can be written"));
  // All but less than what a recording keeps free.
  const auto left = fs::space(disk.path()).available;
  std::ofstream(disk.path() / "filler") << std::string(left - (4 << 20), 'x');
  const auto full = on_disk.examined();
  CHECK(full.status == 1);
  CHECK_THAT(full.out, Contains(": the disk is full"));
  REQUIRE(disk.set_read_only(true));
  const auto read_only = on_disk.examined();
  CHECK(read_only.status == 1);
  CHECK_THAT(read_only.out, Contains("can not be written by "));
  CHECK_THAT(read_only.out, Contains("Read-only file system"));
  CHECK_THAT(read_only.out, Contains("remount,rw"));
}
