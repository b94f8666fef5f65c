// Recording on the virtual camera through the whole program: nothing missing, nothing changed, on
// time.

#include "core/clock.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

void record_for(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

// Of the sample times of one file from the capture times, after removing one constant, in ms.
double worst_deviation(const std::vector<Sample>& samples) {
  const auto difference = [](const Sample& s) {
    return static_cast<double>(s.time - s.frame.captured) / 1000;
  };
  double mean = 0;
  for (const auto& s : samples)
    mean += difference(s) / static_cast<double>(samples.size());
  double worst = 0;
  for (const auto& s : samples)
    worst = std::max(worst, std::abs(difference(s) - mean));
  return worst;
}

// From the frame that was moved back most, as ustreamer took its time, to the one that was least,
// in ms.
double most_moved(const std::vector<Sample>& samples, const PreviewClient& preview) {
  std::vector<double> distances;
  for (const auto& s : samples) {
    const auto taken = preview.taken().find(s.frame.number);
    if (taken == preview.taken().end()) continue;
    distances.push_back(static_cast<double>(taken->second - s.time) / 1000);
  }
  REQUIRE(distances.size() > samples.size() / 2);
  const auto [least, most] = std::minmax_element(distances.begin(), distances.end());
  return *most - *least;
}

}  // namespace

TEST_CASE("a recording over many files misses nothing, doubles nothing and keeps the time",
          "[long]") {
  Service service({"--segment-seconds", "10", "--segment-align", "on"});
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  FolderWatch watch(service.recordings());
  record_for(500ms);
  REQUIRE(service.command("start").at("status").as_string() == "recording");
  record_for(length(65s));
  const auto idle = service.command("stop");
  CHECK(idle.at("status").as_string() == "idle");
  record_for(500ms);
  watch.stop();
  check_nothing_lost(service, preview);
  WARN("longest gap between two frames of the preview: " << preview.longest_gap() << " s");
  CHECK(watch.looks() > 100);
  CHECK(watch.incomplete().empty());
  check_files_complete(service);

  const auto files = service.files();
  CHECK(files.size() >= static_cast<std::size_t>(length(65s) / 10s));
  CHECK(files.back().filename() == std::string(idle.at("file").as_string()));
  for (const auto& file : files) {
    CAPTURE(file);
    const auto samples = samples_of(file);
    REQUIRE(samples.size() > 1);
    // The first frame's name is its wall-clock second, the cuts are on multiples of ten.
    if (file != files.front()) CHECK(file.stem().string().back() == '0');
    // ustreamer takes the time when it is scheduled: on a busy machine frames are late, which only
    // the benchmark holds against a bar. Here it is what we make of these times: none moves by more
    // than half an interval. ustreamer tells whole milliseconds.
    CHECK(most_moved(samples, preview) <= 33.333 / 2 + 2.0);
    const auto duration =
        std::accumulate(samples.begin(), samples.end(), 0L,
                        [](long sum, const Sample& s) { return sum + s.duration; });
    const auto span = samples.back().frame.captured - samples.front().frame.captured;
    // A frame's length more; and its first and last time may be as late as any.
    CHECK(std::abs(duration - span - 33'333) <=
          33'334 + std::lround(2000 * worst_deviation(samples)));
  }
  const auto recorder = service.recorder();
  CHECK(recorder.at("frames").as_int64() == static_cast<std::int64_t>(samples_of(files).size()));
  CHECK(recorder.at("segments").as_int64() == static_cast<std::int64_t>(files.size()));
  CHECK(recorder.at("dropped_frames").as_int64() == 0);
  CHECK(recorder.at("gaps").as_int64() == 0);
  CHECK(recorder.at("state").as_string() == "idle");
}

TEST_CASE("a wish to record that lies on a disk which comes later is followed") {
  const TemporaryFolder folder;
  const fs::path disk = folder.write("disk", "not plugged in");
  Service::Options options;
  options.recordings = disk / "recordings";
  options.arguments = {"--record-at-start", "resume"};
  Service service(std::move(options));
  REQUIRE(service.online());
  CHECK(service.status().at("recording").as_string() == "stopped");
  const fs::path later = folder.path() / "later";
  fs::create_directories(later / "recordings/.state");
  std::ofstream(later / "recordings/.state/recording.json") << R"({"recording":true})";
  fs::remove(disk);
  fs::rename(later, disk);
  CHECK(records(service, kPatience));
  service.command("stop");
  check_files_complete(service);
}

TEST_CASE("ffmpeg is killed three times during a recording and no frame is lost", "[long]") {
  Service service({"--segment-seconds", "600"});
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  record_for(300ms);
  service.command("start");
  for (int i = 0; i < 3; ++i) {
    record_for(length(15s));
    REQUIRE(records_after(service, i));
    const auto ffmpeg = service.ffmpeg();
    REQUIRE(ffmpeg);
    ::kill(*ffmpeg, SIGKILL);
    CHECK(service.logs("ffmpeg was killed by signal 9 (Killed); what it has not written goes on"));
  }
  record_for(length(15s));
  REQUIRE(records_after(service, 3));
  CHECK(service.recorder().at("restarts").as_int64() == 3);
  service.command("stop");
  check_nothing_lost(service, preview);
  check_files_complete(service);
  CHECK(service.files().size() >= 4);  // more where a full ten minutes fall into the recording
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
}

TEST_CASE("ffmpeg stands still for five seconds, over a rotation, and no frame is lost") {
  Service service({"--segment-seconds", "4"});
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  record_for(300ms);
  service.command("start");
  record_for(3s);
  const auto ffmpeg = service.ffmpeg();
  REQUIRE(ffmpeg);
  ::kill(*ffmpeg, SIGSTOP);
  record_for(5s);
  CHECK(service.recorder().at("buffered_frames").as_int64() > 0);
  ::kill(*ffmpeg, SIGCONT);
  record_for(3s);
  service.command("stop");
  check_nothing_lost(service, preview);
  check_files_complete(service);
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
}

TEST_CASE("ffmpeg hangs for good: it is replaced and no frame is lost") {
  Service service({"--segment-seconds", "600"});
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  record_for(300ms);
  service.command("start");
  record_for(2s);
  const auto ffmpeg = service.ffmpeg();
  REQUIRE(ffmpeg);
  ::kill(*ffmpeg, SIGSTOP);
  CHECK(wait_until([&] { return service.health().status == 503; }, 8s));
  CHECK(wait_until([&] { return !alive(*ffmpeg); }, 15s));
  record_for(2s);
  CHECK(wait_until([&] { return service.health().status == 200; }, kPatience));
  service.command("stop");
  check_nothing_lost(service, preview);
  check_files_complete(service);
}

TEST_CASE(
    "mini-dvr is killed: its children go with it, the file is whole after the restart, recording "
    "goes on") {
  Service service({"--segment-seconds", "600"});
  REQUIRE(service.online());
  service.command("start");
  record_for(5s);
  REQUIRE(records(service, kPatience));
  const auto ffmpeg = service.ffmpeg();
  const auto ustreamer = service.ustreamer();
  REQUIRE(ffmpeg);
  REQUIRE(ustreamer);
  const auto last_frame = service.camera().counters().last_frame;
  service.kill();
  CHECK(wait_until([&] { return !alive(*ffmpeg) && !alive(*ustreamer); }, 2s));
  CHECK(service.files().empty());

  service.start();
  CHECK(wait_until([&] { return service.is_recording(); }, kPatience));
  CHECK(service.status().at("recording").as_string() == "running");
  // The file is made whole beside the new recording.
  REQUIRE(wait_until([&] { return service.files().size() == 1; }, kPatience));
  check_files_complete(service);
  const auto samples = samples_of(service.files().front());
  REQUIRE_FALSE(samples.empty());
  CHECK(last_frame <= samples.back().frame.number + 30);  // a second
  for (std::size_t i = 1; i < samples.size(); ++i) {
    CHECK(samples[i].frame.number > samples[i - 1].frame.number);
  }
  record_for(1s);
  service.command("stop");
  CHECK(service.files().size() == 2);
  check_files_complete(service);
}

TEST_CASE("a recording that was stopped stays off after a restart") {
  Service service;
  REQUIRE(service.online());
  service.command("start");
  record_for(500ms);
  service.command("stop");
  service.kill();
  service.start();
  REQUIRE(service.online());
  CHECK(service.status().at("recording").as_string() == "stopped");
}

TEST_CASE("that segments are shorter than asked for is told at the start", "[plain]") {
  const Service service({"--segment-seconds", "86400"});
  CHECK(service.logs("each is cut into 12 of 7200 s"));
}

TEST_CASE("SIGTERM while recording: everything is complete, the exit status is 0") {
  Service service({"--segment-seconds", "600"});
  REQUIRE(service.online());
  service.command("start");
  record_for(2s);
  const auto ffmpeg = service.ffmpeg();
  const auto ustreamer = service.ustreamer();
  REQUIRE(ffmpeg);
  REQUIRE(ustreamer);
  const auto asked = std::chrono::steady_clock::now();
  CHECK(service.terminate() == 0);
  CHECK(std::chrono::steady_clock::now() - asked <= 5s);
  CHECK_FALSE(alive(*ffmpeg));
  CHECK_FALSE(alive(*ustreamer));
  REQUIRE(service.files().size() == 1);
  check_files_complete(service);
  // Wanted is wanted: the next start goes on.
  service.start();
  CHECK(wait_until([&] { return service.status().at("recording").as_string() == "running"; },
                   kPatience));
}

TEST_CASE("a recording begins with what was captured just before its start", "[preroll]") {
  // A picture that half of the smallest buffer holds for longer than is asked for.
  Service service({"--preroll-seconds", "5", "--frame-buffer-mb", "32", "--resolution", "640x480"});
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  record_for(7s);
  CHECK(service.status().at("recorder").at("buffered_frames").as_int64() == 0);
  const auto now = [] {
    return std::chrono::floor<std::chrono::microseconds>(Steady::now().time_since_epoch()).count();
  };
  const auto before = now();
  service.command("start");
  record_for(2s);
  service.command("stop");
  check_nothing_lost(service, preview);
  const auto samples = samples_of(service.files());
  REQUIRE_FALSE(samples.empty());
  // The command takes its time to arrive, more of it on a busy machine.
  CHECK(before - samples.front().frame.captured > 3'000'000);
  CHECK(before - samples.front().frame.captured < 6'000'000);
  // What is in one recording is not in the next.
  record_for(300ms);
  service.command("start");
  record_for(1s);
  service.command("stop");
  check_nothing_lost(service, preview);
}

TEST_CASE(
    "the clock is set back an hour during a recording and a name is taken: no file is "
    "overwritten",
    "[plain][preload]") {
  TemporaryFolder clock;
  const auto offset = clock.path() / "offset";
  const auto set_clock = [&](const char* seconds) { std::ofstream(offset) << seconds; };
  set_clock("0");
  Service::Options options;
  options.arguments = {"--segment-seconds", "2", "--segment-align", "on"};
  options.environment = {"LD_PRELOAD=" MINIDVR_WALL_CLOCK,
                         "WALL_CLOCK_OFFSET_FILE=" + offset.string()};
  Service service(std::move(options));
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  record_for(300ms);
  service.command("start");
  record_for(7s);
  set_clock("-4");  // the same seconds once more
  record_for(7s);
  set_clock("-3600");
  record_for(5s);
  service.command("stop");
  check_nothing_lost(service, preview);
  check_files_complete(service);
  const auto files = service.files();
  CHECK(std::any_of(files.begin(), files.end(),
                    [](const auto& file) { return file.stem().string().ends_with("_1"); }));
}

TEST_CASE("when recording was switched on stays so, however long the machine sleeps meanwhile",
          "[plain][preload]") {
  TemporaryFolder clock;
  const auto slept = clock.path() / "slept";
  Service::Options options;
  options.environment = {"LD_PRELOAD=" MINIDVR_WALL_CLOCK,
                         "WALL_CLOCK_SLEPT_FILE=" + slept.string()};
  Service service(std::move(options));
  REQUIRE(service.online());
  service.command("start");
  const auto began = [&service] {
    const auto told = service.status();
    // To the minute: one is the other less what has passed, each asked for a moment apart.
    return std::string(told.at("recording_started_at").as_string()).substr(0, 16);
  };
  const auto before = began();
  std::ofstream(slept) << "7200";
  CHECK(began() == before);
  service.command("stop");
  service.command("start");
  CHECK(began() != before);
  service.command("stop");
}
