// The camera: ustreamer, what it serves, and why nothing comes.
#pragma once

#include "capture/camera_look.hpp"
#include "capture/camera_search.hpp"
#include "capture/frame_source.hpp"
#include "capture/preview_peers.hpp"
#include "capture/preview_port.hpp"
#include "core/settings.hpp"
#include "core/state_gate.hpp"
#include "core/task_group.hpp"
#include "dvr/status.hpp"
#include "process/supervised_process.hpp"

#include <optional>
#include <string>

namespace minidvr::dvr {

class Camera {
 public:
  // `tasks`: to them belong ustreamer and what is run to find out what is wrong. `state_gate`: is
  // asked before the virtual camera's folder is made, and which camera it is is read or written.
  Camera(const net::any_io_executor& executor, BlockingPool& pool, TaskGroup& tasks,
         const TaskGroup::FailureHandler& on_failure, const Settings& settings,
         StateGate state_gate, capture::FrameSource::Observer observer);

  // Starts everything. Returns at once.
  void run();
  // Reads nothing any more, and ends ustreamer. Returns after 3.6 s at the latest; what hangs by
  // then may refer to this for as long as it does.
  Task<> stop();

  // Hands on what has come and was left lying.
  void read_now() { source_.read_now(); }
  const capture::CameraMonitor& monitor() const { return source_.monitor(); }
  bool online(SteadyTime now) const { return monitor().online(now); }

  // How often the camera here began to give pictures, as CameraMonitor::arrivals(). Where those of
  // another server are recorded beside it: 0 while its device is there.
  std::optional<unsigned> arrivals(SteadyTime now) const;

  CameraStatus status(SteadyTime now) const;
  // The path of the device that is used now.
  std::string device_path() const;
  // Why nothing comes, as well as that is known; without a code where problem says as much. Empty
  // while something does, or may in a moment.
  capture::CameraTrouble trouble(SteadyTime now) const;
  // Why no frames arrive, and why the ustreamer that serves them does not run; empty while they do
  // and it does.
  const std::string& stream_problem() const { return source_.problem(); }
  std::string preview_problem() const;

 private:
  capture::FrameSource::Observer believing(capture::FrameSource::Observer observer);
  process::ChildSpec preview_spec();
  void move(const std::string& why);
  CameraProblem problem(SteadyTime now) const;
  bool is_starting(SteadyTime now) const;
  capture::CameraTrouble stream_trouble(SteadyTime now) const;
  Task<> revive();
  Task<> keep_others_out();

  TaskGroup& tasks_;
  const std::string configured_device_;
  Settings settings_;    // with the device that is used
  const bool is_local_;  // the camera that is recorded: our ustreamer serves it
  SteadyTime began_{};   // to run
  const StateGate state_gate_;
  TaskGroup reading_;  // it ends first: that ustreamer ends is then no news
  capture::CameraSearch search_;
  capture::PreviewPort port_;
  capture::PreviewPeers peers_;
  capture::FrameSource source_;
  process::SupervisedProcess preview_;
  capture::CameraLook look_;
};

}  // namespace minidvr::dvr
