// A recorder that does what a test says, for the real front end.
#pragma once

#include "api/dvr_access.hpp"
#include "capture/frame_feed.hpp"
#include "core/task_group.hpp"
#include "dvr/recording_switch.hpp"
#include "dvr/status.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace minidvr::test {

// Records nothing, but says so like the real one; its commands are the real ones.
class FakeRecorder {
 public:
  explicit FakeRecorder(const net::any_io_executor& executor)
      : frames(executor),
        recording(executor, {[this] { want(); }, [this] { unwant(); },
                             [this] { return situation(); }, [](bool) {}}),
        tasks_(executor) {
    status.stream_port = 8000;
    status.camera.device = "/dev/fake";
  }

  void run() { tasks_.spawn("commands", recording.run()); }
  Task<> shut_down() {
    tasks_.cancel();
    co_await tasks_.join();
  }

  api::DvrAccess access() {
    api::DvrAccess result;
    result.status = [this] { return status; };
    result.command = [this](const dvr::Command& command) { recording.command(command); };
    result.observe = [this](dvr::RecordingObserver o) { recording.observe(std::move(o)); };
    result.frames = &frames;
    return result;
  }

  void begin_file(const std::string& name) {
    file = name;
    status.current_file = name;
    recording.file_begun(name);
  }

  void finish() {
    status.current_file.clear();
    recording.all_written(file);
  }

  // Does what it was told meanwhile.
  void release() {
    held = false;
    if (status.recording_wanted) {
      begin_file("file" + std::to_string(++files) + ".mp4");
    } else {
      finish();
    }
  }

  void publish(const std::vector<std::uint8_t>& jpeg, SteadyTime captured = Steady::now()) {
    auto frame = std::make_shared<capture::Frame>();
    frame->jpeg.assign(jpeg.begin(), jpeg.end());
    frame->captured = captured;
    frame->wall = std::chrono::system_clock::now();
    frame->sequence = ++sequence;
    frames.publish(std::move(frame));
  }

  dvr::Status status;
  capture::FrameFeed frames;
  dvr::RecordingSwitch recording;
  std::string file;
  int files = 0;
  std::uint64_t sequence = 0;
  bool held = false;  // camera or disk take their time, until release()

 private:
  void want() {
    status.recording_wanted = true;
    if (!held) release();
  }
  void unwant() {
    status.recording_wanted = false;
    if (!held) release();
  }
  dvr::Situation situation() const {
    return {status.current_file, file, "no camera", !status.recording_wanted && !held};
  }

  TaskGroup tasks_;
};

}  // namespace minidvr::test
