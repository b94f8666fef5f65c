// The recorder itself, without a camera or ffmpeg: what it does with its folder.

#include "recording/recorder.hpp"

#include "support/captured_stderr.hpp"
#include "unit/support/frames.hpp"
#include "unit/support/run_task.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

// What is looked at and opened is the test's to say.
class LoneRecorder {
 public:
  explicit LoneRecorder(std::function<Result<>()> look = {},
                        recording::FolderLock::OpenFolder open = {})
      : settings_(settings_in(folder_.path())),
        lock_(folder_.path(), {}, std::move(open)),
        recorder(tasks.executor(), pool_, tasks.group(), settings_, lock_, camera_,
                 {[](const std::string&) {}, [](const std::string&) {}}, std::move(look)) {}
  ~LoneRecorder() {
    tasks.group().cancel();
    tasks.run(tasks.group().join());
  }

  bool wait_until(const std::function<bool()>& condition) {
    const auto deadline = Steady::now() + seconds(30);
    while (!condition()) {
      if (Steady::now() > deadline) return false;
      tasks.run(sleep_for(milliseconds(5)));
    }
    return true;
  }

 private:
  static Settings settings_in(const std::filesystem::path& folder) {
    Settings settings;
    settings.recordings_dir = folder;
    settings.fps = 30;
    settings.segment_seconds = seconds(600);
    settings.frame_buffer_mb = 64;
    return settings;
  }

  TemporaryFolder folder_;
  Settings settings_;
  BlockingPool pool_{2};
  capture::CameraMonitor camera_;
  recording::FolderLock lock_;

 public:
  Tasks tasks;
  recording::Recorder recorder;
};

}  // namespace

TEST_CASE("a folder that can not be opened is a problem, and no word about which one it is") {
  enum class Answer { right, wrong, none };
  std::atomic<Answer> answer = Answer::none;
  LoneRecorder bench([&]() -> Result<> {
    if (answer == Answer::right) return {};
    if (answer == Answer::none) return make_error(Errc::unavailable, "I/O error");
    return make_error(Errc::unavailable, "not mounted", Reason::wrong_folder);
  });
  const auto& recorder = bench.recorder;
  bench.tasks.group().spawn("disk watch", bench.recorder.watch_disk());
  CHECK(bench.wait_until([&] { return recorder.disk_problem() == "I/O error"; }));
  CHECK(recorder.folder_problem().empty());
  answer = Answer::wrong;
  CHECK(bench.wait_until([&] { return recorder.disk_problem() == "not mounted"; }));
  CHECK(recorder.folder_problem() == "not mounted");
  answer = Answer::none;
  CHECK(bench.wait_until([&] { return recorder.disk_problem() == "I/O error"; }));
  CHECK(recorder.folder_problem() == "not mounted");
  answer = Answer::right;
  CHECK(bench.wait_until([&] { return recorder.disk_problem().empty(); }));
  CHECK(recorder.folder_problem().empty());
}

TEST_CASE("leftovers that are told of while others are completed are looked for once more") {
  TemporaryFolder folder;
  std::atomic<int> opened = 0;
  std::atomic<bool> hangs = true;
  std::atomic<bool> is_there = false;
  LoneRecorder bench(
      [&]() -> Result<> {
        if (is_there) return {};
        return make_error(Errc::unavailable, "I/O error");
      },
      [&] {
        ++opened;
        hangs.wait(true);
        return recording::make_and_open(folder.path());
      });
  bench.tasks.group().spawn("recovery", bench.recorder.recover_leftovers());
  CHECK(bench.wait_until([&] { return opened == 1; }));
  bench.tasks.group().spawn("disk watch", bench.recorder.watch_disk());
  CHECK(bench.wait_until([&] { return !bench.recorder.disk_problem().empty(); }));
  is_there = true;
  CHECK(bench.wait_until([&] { return bench.recorder.disk_problem().empty(); }));
  hangs = false;
  hangs.notify_all();
  CHECK(bench.wait_until([&] { return opened == 2; }));
}

TEST_CASE("what waited for a folder that has not answered when the program ends is told") {
  LoneRecorder bench;
  auto& recorder = bench.recorder;
  recorder.want();
  const WallTime noon =
      std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(12);
  for (int i = 0; i < 3; ++i)
    recorder.on_frame(test::frame(i * milliseconds(33), noon + i * milliseconds(33)));
  recorder.unwant();
  recorder.hurry();
  const CapturedStderr captured;
  recorder.end_here();
  CHECK(recorder.status().dropped_frames == 3);
  CHECK(test::count(captured.text(), "3 frames were dropped") == 1);
}
