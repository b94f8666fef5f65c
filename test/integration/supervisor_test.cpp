// What systemd does with the service: starts it before there is a camera, and anew when it hangs.

#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"
#include "support/notify_socket.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kWatchdog{3};      // of the unit it is longer
constexpr std::chrono::seconds kRestartDelay{1};  // RestartSec= of the unit

// What hears the service, and judges it, in the place of systemd. It listens all the time: who
// tells more than is read is kept waiting.
class Systemd {
 public:
  Systemd()
      : listener_([this] {
          for (; !ending_; std::this_thread::sleep_for(10ms)) {
            while (const auto heard = socket_.heard()) {
              if (heard == "WATCHDOG=1") last_sign_ = Clock::now();
            }
          }
        }) {}
  Systemd(const Systemd&) = delete;
  Systemd& operator=(const Systemd&) = delete;
  ~Systemd() {
    ending_ = true;
    listener_.join();
  }

  Service::Options options() const {
    Service::Options options;
    const auto limit = std::chrono::microseconds(kWatchdog).count();
    options.environment = {"NOTIFY_SOCKET=" + socket_.path(),
                           "WATCHDOG_USEC=" + std::to_string(limit)};
    options.arguments = {"--record-at-start", "resume", "--segment-seconds", "600"};
    return options;
  }

  // Who has given no sign of life for so long gets SIGABRT, and SIGCONT, without which it could not
  // die of that. How it ended; nullopt: there was a sign each time until `limit` was over.
  std::optional<int> watch(Service& service, std::chrono::milliseconds limit) const {
    const auto silent = [this] { return Clock::now() - last_sign_.load() >= kWatchdog; };
    if (!wait_until(silent, limit)) return std::nullopt;
    ::kill(service.pid(), SIGABRT);
    return service.end(SIGCONT);
  }

 private:
  NotifySocket socket_;
  std::atomic<Clock::time_point> last_sign_{Clock::now()};
  std::atomic<bool> ending_{false};
  std::thread listener_;  // the last one: it uses the others
};

// The longest time of which there is no frame, seconds, by when the camera captured them.
double longest_hole(const Service& service) {
  std::int64_t longest = 0;
  std::int64_t last = 0;
  for (const auto& sample : samples_of(service.files())) {
    REQUIRE(sample.frame.number > 0);
    if (last > 0) longest = std::max(longest, sample.frame.captured - last);
    last = sample.frame.captured;
  }
  return static_cast<double>(longest) / 1e6;
}

void remove_recordings(const Service& service) {
  for (const auto& file : service.files())
    fs::remove(file);
}

}  // namespace

TEST_CASE("a recorder that hangs is started anew by its watchdog, and records on by itself",
          "[plain]") {
  const Systemd systemd;
  Service service(systemd.options());
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service, kPatience));
  CHECK_FALSE(systemd.watch(service, 2 * kWatchdog));  // it is well

  // What a restart alone costs on this machine, now.
  service.kill();
  service.start();
  REQUIRE(records(service, kPatience));
  service.command("stop");
  const auto both = [&service] { return service.files().size() == 2; };
  REQUIRE(wait_until(both, kPatience));  // what was left is made whole beside recording
  const double restart = longest_hole(service);
  remove_recordings(service);

  service.command("start");
  REQUIRE(records(service, kPatience));
  std::this_thread::sleep_for(1s);
  ::kill(service.pid(), SIGSTOP);
  CHECK(systemd.watch(service, kPatience) == 128 + SIGABRT);
  std::this_thread::sleep_for(kRestartDelay);
  service.start();
  REQUIRE(records(service, kPatience));
  service.command("stop");
  REQUIRE(wait_until(both, kPatience));
  const double lost = longest_hole(service);
  WARN("lost " << lost << " s with a watchdog of " << kWatchdog.count() << " s; a restart alone "
               << restart << " s");
  const double watchdog = std::chrono::duration<double>(kWatchdog).count();
  const double delay = std::chrono::duration<double>(kRestartDelay).count();
  CHECK(lost <= watchdog + std::max(3.0, delay + 2 * restart));
  // It was only gone, not done.
  CHECK(lost > watchdog / 2);
  check_files_complete(service);
}

TEST_CASE("started before there is any camera, it records as soon as one appears",
          "[plain][preload]") {
  const TemporaryFolder machine;
  const auto device = machine.path() / "video0";
  virtual_camera::VirtualCamera camera(device);
  camera.unplug();  // its path is gone, also for mini-dvr, which has the library, too
  Service::Options options;
  options.arguments = {"--device", device.string(), "--record-at-start", "on"};
  options.before_exec = [&device] {
    ::setenv("MINIDVR_VIRTUAL_CAMERA", device.c_str(), 1);
    ::setenv("LD_PRELOAD", MINIDVR_CAMERA_PRELOAD, 1);
  };
  Service service(options);
  const auto code = [&service] {
    const auto told = service.status().at("camera").as_object();
    const auto* value = told.if_contains("code");
    return value == nullptr ? std::string() : std::string(value->as_string());
  };
  CHECK(wait_until([&] { return code() == "no_device"; }, kPatience));
  CHECK(service.health().status == 503);
  CHECK(
      wait_until([&] { return service.recorder().at("state").as_string() == "waiting_for_camera"; },
                 kPatience));
  CHECK(service.files().empty());

  camera.plug();
  REQUIRE(service.online());
  REQUIRE(records(service, kPatience));
  CHECK(code().empty());
  service.command("stop");
  REQUIRE(service.files().size() == 1);
  for (const auto& sample : samples_of(service.files()))
    REQUIRE(sample.frame.number > 0);
  CHECK(service.terminate() == 0);
}
