// Recording: from "it should record" to files.
#pragma once

#include "capture/camera_monitor.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/event.hpp"
#include "core/limited_log.hpp"
#include "core/settings.hpp"
#include "core/task_group.hpp"
#include "recording/disk_guard.hpp"
#include "recording/folder_lock.hpp"
#include "recording/muxer.hpp"
#include "recording/recorder_machine.hpp"
#include "recording/recorder_status.hpp"
#include "recording/recovery.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace minidvr::recording {

// Works towards what is wanted (recording on or off) and tells what is. What to do next is decided
// by RecorderMachine; this carries it out. It records frames in the order in which they come;
// whatever happens to ffmpeg, the camera or the disk, it goes on with the next frame that can be
// recorded.
class Recorder {
 public:
  struct Observer {
    std::function<void(const std::string& file)> on_file;  // a segment has begun
    std::function<void(const std::string& last_file)> on_idle;
  };

  // How often the free space is looked at.
  static constexpr seconds kDiskInterval{1};
  // A disk that says nothing for so long is told.
  static constexpr seconds kAnswerLimit{5};
  // How soon a segment that could not be closed is tried again.
  static constexpr seconds kRecoveryInterval{30};
  // How long what an earlier run left waits for a first file that is wanted now.
  static constexpr seconds kRecordingFirst{2};

  // `lock`, `camera`, `settings` and what `observer` refers to must outlive it. `look` says whether
  // the recordings folder is the right one (see KnownFolder); without it each one is.
  Recorder(net::any_io_executor executor, BlockingPool& pool, TaskGroup& tasks,
           const Settings& settings, FolderLock& lock, const capture::CameraMonitor& camera,
           Observer observer, std::function<Result<>()> look = {});

  // Records; until cancelled.
  Task<> run();
  // Watches the free space; until cancelled.
  Task<> watch_disk();
  // Makes whole, beside recording, what an earlier run or a failure left behind; until cancelled.
  Task<> recover_leftovers();
  // Why nothing can be recorded, once until something is.
  void tell_why_not(const Error& why);
  void tell_end(const std::string& problem);

  // Switches recording on. What follows, news for the observer too, comes later. Frames that come
  // from now on are recorded. While an earlier recording is still being written this begins another
  // one.
  void want();
  // Switches recording off: the frames that came until now are still recorded.
  void unwant();
  // Recording is wanted, and no file has begun.
  bool starting() const { return machine_.wanted() && machine_.current_file().empty(); }
  bool wanted() const { return machine_.wanted(); }
  // Nothing is being recorded, and nothing is left of the last recording.
  bool idle() const { return machine_.idle(); }
  // The program is about to end: nothing gets as long as usual.
  void hurry();
  // It ends now, although not all is written: tells what is lost.
  void end_here();

  // Returns when all is written and recording is off (true), or at the deadline.
  Task<bool> wait_until_idle(SteadyTime deadline);

  // The camera's side. None of them waits.
  void on_frame(FramePtr frame);
  void on_lost(const std::string& why);

  RecorderStatus status() const;
  RecorderTotals totals() const { return machine_.totals(); }
  // See RecorderMachine for these.
  std::string current_file() const { return machine_.current_file(); }
  const std::string& last_file() const { return machine_.last_file(); }
  Steady::duration without_growth() const { return machine_.without_growth(Steady::now()); }
  Steady::duration unsynced() const { return machine_.unsynced(Steady::now()); }
  std::optional<SteadyTime> last_drop() const { return machine_.last_drop(); }

  const DiskSpace& disk() const { return disk_; }
  // How long the disk lasts at the present data rate, seconds; nullopt while that is unknown.
  std::optional<double> seconds_left() const;
  bool disk_full() const { return guard_.full(); }
  // Why what is at recordings_dir is not the folder to record to; empty: it is.
  const std::string& folder_problem() const { return folder_problem_; }
  // What is wrong with the disk; empty: nothing.
  std::string disk_problem() const;

 private:
  static constexpr const char* kComponent = "recorder";  // in the log
  static constexpr unsigned kSwitchLinesPerMinute = 60;
  static constexpr unsigned kRefusedLinesPerMinute = 20;

  void advance();
  void perform(const CreateSegment& action);
  void perform(const Follow& action);
  void perform(const CloseSegment& action);
  void perform(const StartMuxer& action);
  void perform(const Give& action);
  void perform(const CloseInput& action);
  void perform(const KillMuxer& action);
  void perform(const TellFile& action);
  void perform(const TellIdle& action);
  void perform(const TellDropped& action);
  void perform(const TellRefused& action);
  void note_folder(const Result<>& looked);
  void note_space(const DiskSpace& space);
  void ask_for_recovery();
  void tell_not_recovered(const Error& why, std::set<std::string>& told);
  Task<> create(CreateSegment action);
  Task<> follow(Follow action);
  Task<> close(CloseSegment action);
  Muxer::Events muxer_events();

  net::any_io_executor executor_;
  BlockingPool& pool_;
  TaskGroup& tasks_;
  const Settings& settings_;
  FolderLock& lock_;  // of the recordings folder
  const capture::CameraMonitor& camera_;
  Observer observer_;
  std::function<Result<>()> look_;
  Event changed_;
  RecorderMachine machine_;
  bool runs_ = false;  // run() was begun, or end_here() was: until then frames wait
  bool advancing_ = false;
  SteadyTime armed_{};  // when run() wakes by itself

  NamesInUse names_;
  std::string stem_;  // of the present ffmpeg's files
  std::shared_ptr<Muxer> muxer_;
  std::deque<std::shared_ptr<SegmentFile>> segments_;  // oldest first, as in the machine

  log::LimitedLog switch_log_{"recorder", kSwitchLinesPerMinute};  // clients switch it
  log::LimitedLog refused_log_{"refused frames", kRefusedLinesPerMinute};

  DiskGuard guard_;
  DiskSpace disk_;
  std::optional<SteadyTime> disk_asked_;  // and no answer yet
  std::string folder_problem_;
  std::string folder_failure_;  // why it can not be looked which folder it is; empty: it can
  std::string told_why_not_;
  bool told_end_ = false;  // of this ffmpeg, which was killed here
  std::shared_ptr<RecoveryProgress> recovery_ = std::make_shared<RecoveryProgress>();
  Event recovery_due_;
  bool is_recovery_due_ = false;  // since the leftovers were looked for last
};

// What to expect of the stream: no slower than the `fps` that were asked of the camera, which may
// just be dark. Of one that has not been watched for long, that rate.
RecorderMachine::Rate expected_rate(const capture::CameraMonitor& camera, unsigned fps,
                                    SteadyTime now);

}  // namespace minidvr::recording
