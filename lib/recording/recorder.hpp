// Recording: from "it should record" to files.
#pragma once

#include "capture/camera_monitor.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/settings.hpp"
#include "core/task_group.hpp"
#include "process/restart_policy.hpp"
#include "recording/disk_guard.hpp"
#include "recording/frame_queue.hpp"
#include "recording/recorder_status.hpp"
#include "recording/segment_plan.hpp"
#include "recording/segment_writer.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace minidvr::recording {

// Works towards what is wanted (recording on or off) and tells what is. It records frames in the
// order in which they come; whatever happens to ffmpeg, the camera or the disk, it goes on with the
// next frame that can be recorded.
class Recorder {
 public:
  struct Observer {
    std::function<void(const std::string& file)> on_file;  // a segment has begun
    std::function<void(const std::string& last_file)> on_idle;
  };

  // When recording is switched off, what waits for the disk gets so long to reach it.
  static constexpr seconds kDrainLimit{6};
  // A segment's ffmpeg gets so long to write the header and end.
  static constexpr seconds kFinishLimit{10};
  static constexpr seconds kFinishLimitAtShutdown{3};
  // How often the free space is looked at.
  static constexpr seconds kDiskInterval{1};

  Recorder(const net::any_io_executor& executor, BlockingPool& pool, TaskGroup& tasks,
           const Settings& settings, const capture::CameraMonitor& camera, Observer observer);

  // Records; until cancelled.
  Task<> run();
  // Watches the free space; until cancelled.
  Task<> watch_disk();

  // Switches recording on. Frames that come from now on are recorded.
  void want();
  // Switches recording off: the frames that came until now are still recorded.
  void unwant();
  bool wanted() const { return wanted_; }
  // No further segment gets more than kFinishLimitAtShutdown.
  void hurry();

  // Returns when a segment has begun (true), or at the deadline, or when recording was switched
  // off.
  Task<bool> wait_for_file(SteadyTime deadline);
  // Returns when all is written and recording is off (true), or at the deadline.
  Task<bool> wait_until_idle(SteadyTime deadline);

  // The camera's side. None of them waits.
  void on_frame(FramePtr frame);
  void on_lost(const std::string& why);

  RecorderStatus status() const;
  // The name that the segment being written will have; empty when there is none.
  // While a segment follows another one, the name is the old one until the new one is there.
  std::string current_file() const {
    return writer_ || status_.state == RecorderState::recording ? last_file_ : std::string{};
  }
  const std::string& last_file() const { return last_file_; }
  std::optional<WallTime> started_at() const { return started_at_; }
  // Frames are given to ffmpeg, and the file does not grow.
  Steady::duration without_growth() const;
  const DiskSpace& disk() const { return disk_; }
  // How long the disk lasts at the present data rate, seconds; nullopt while that is unknown.
  std::optional<double> seconds_left() const;
  bool disk_full() const { return guard_.full(); }
  // What is wrong with the disk; empty: nothing.
  std::string disk_problem() const;

 private:
  Task<> record();
  Task<> take(FramePtr frame);
  Task<> begin_segment(const FramePtr& frame, SegmentPlan::Cut why);
  Task<> replace_ffmpeg(const std::string& why);
  void end_segment();
  Task<> finish(std::shared_ptr<SegmentWriter> writer, Steady::duration grace);
  Task<> rescue(std::vector<FramePtr> frames);
  Task<> wait_for_disk();
  Task<> pause(Steady::duration delay);
  void confirmed(const capture::Frame& frame);
  void fail(const std::string& why);
  SegmentSpec spec_for(const capture::Frame& frame) const;
  Steady::duration finish_limit() const;
  Task<Result<std::shared_ptr<SegmentWriter>>> open(const FramePtr& first);

  BlockingPool& pool_;
  TaskGroup& tasks_;
  const Settings& settings_;
  const capture::CameraMonitor& camera_;
  Observer observer_;
  Event changed_;
  FrameQueue queue_;
  SegmentPlan plan_;
  DiskGuard guard_;
  DiskSpace disk_;
  process::RestartPolicy retry_;

  bool wanted_ = false;
  bool hurry_ = false;
  bool active_ = false;      // between the first frame asked for and idle
  std::uint64_t wish_ = 0;   // counts want(): tells one recording from the next
  SteadyTime give_up_at_{};  // while switching off
  std::shared_ptr<SegmentWriter> writer_;
  SteadyTime segment_started_{};
  SteadyTime last_progress_{};  // when a frame was confirmed, or recording switched on
  std::size_t finishing_ = 0;   // segments that are being finished
  std::string last_file_;
  std::optional<WallTime> started_at_;
  RecorderStatus status_;
};

}  // namespace minidvr::recording
