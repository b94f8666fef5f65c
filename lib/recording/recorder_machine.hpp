// What the recorder does next: events and times come in, actions go out. No I/O, no clock.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "process/restart_policy.hpp"
#include "recording/disk_guard.hpp"
#include "recording/frame_queue.hpp"
#include "recording/preroll.hpp"
#include "recording/recorder_actions.hpp"
#include "recording/recorder_status.hpp"
#include "recording/refusals.hpp"
#include "recording/segment_plan.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace minidvr::recording {

// One ffmpeg writes one segment after the other, for as long as nothing forces another one: a
// failure, another picture size, or that no frame comes any more (recording is off, the camera is
// lost, the disk is full). The disk is asked to do one thing at a time, in the order of the
// segments.
//
// Frames belong to the FrameQueue until they are synced (frame_queue.hpp). When an ffmpeg has to be
// given up, its segments are closed with what they hold, and whatever is still in the queue goes to
// the next one.
//
// Whoever runs it: tell it every event, then carry out what next() returns until it returns
// nothing, and again at wake_at().
class RecorderMachine {
 public:
  // ffmpeg is given up when it takes nothing, or nothing reaches the file, for so long. A disk may
  // stall: the frame buffer holds for longer than this at usual rates.
  static constexpr seconds kHangLimit{10};
  static constexpr seconds kHangLimitInHurry{2};
  // While recording is switched off, frames that nothing accepts are given up after so long.
  static constexpr seconds kGiveUpLimit{30};
  static constexpr seconds kGiveUpLimitInHurry{4};
  // The same where nothing hangs, but ffmpeg or the folder refuses, and did so again after the
  // stop.
  static constexpr seconds kRefusalLimit{3};
  // What a kill of everything at once may take with it; twice that, a power cut.
  static constexpr milliseconds kFollowInterval{500};
  // Until the first file of an ffmpeg is there, which is when recording has begun.
  static constexpr milliseconds kFirstFollowInterval{20};
  static constexpr unsigned kFollowsPerSync = 2;
  // When ffmpeg or the disk refuses again and again, it is tried no more rarely than this.
  static constexpr seconds kLongestRetry{5};
  // ffmpeg's file k begins at this times k: longer than any segment, and below the jump that ffmpeg
  // takes for an error (-dts_error_threshold, 108000 s).
  static constexpr seconds kPeriod{100'000};
  // Frames that are kept while the disk is full, bytes: less than the room that must be there again
  // before it goes on.
  static constexpr std::size_t kBufferWhileFull = DiskGuard::kHysteresisBytes / 2;
  // Losses are logged no more often than this.
  static constexpr std::chrono::minutes kBetweenLosses{1};

  // What to expect of the stream; asked when an ffmpeg is started.
  struct Rate {
    double fps = 0;
    microseconds interval{0};  // how long the last frame of a segment is shown
  };
  using RateSource = std::function<Rate()>;

  // `preroll`: how much of what came before a recording belongs to it. It takes half of the buffer
  // at most: what comes until ffmpeg has started needs room, too.
  RecorderMachine(std::size_t max_buffer_bytes, SegmentPlan plan, RateSource rate,
                  Steady::duration preroll = Steady::duration::zero())
      : queue_(max_buffer_bytes),
        preroll_(preroll, max_buffer_bytes / 2),
        plan_(plan),
        rate_(std::move(rate)) {}

  // What people and the camera do.
  // Returns how many frames of before it begins with.
  std::size_t want(SteadyTime now, bool camera_online);
  void unwant(SteadyTime now);
  void hurry(SteadyTime now);  // the program is about to end
  // It ends now: what no file holds is lost, and counted.
  void end_here(SteadyTime now);
  void on_frame(FramePtr frame, SteadyTime now);
  void on_lost(const std::string& why);

  // What became of actions.
  // `largest_file`: what its file system takes, bytes.
  void created(const Result<std::string>& name, SteadyTime now,
               std::uint64_t largest_file = kAnySize);
  void muxer_started(SteadyTime now);
  void muxer_not_started(const std::string& why);
  void muxer_takes(SteadyTime now);  // a part of the frame
  void frame_taken(SteadyTime now);  // all of it
  void file_listed();                // ffmpeg says that one more file is done
  void muxer_ended(const std::string& problem, SteadyTime now);  // empty: with status 0
  void followed(const SegmentFile::Progress& progress, SteadyTime now);
  void closed(const SegmentFile::Closed& closed, SteadyTime now);

  // What the disk is like: `why` it takes no more frames; empty: it does.
  void disk_full(const std::string& why, SteadyTime now);
  // It is there again: what waits for another try need not.
  void disk_is_there(SteadyTime now) { retry_at_ = std::min(retry_at_, now); }
  // The folder is there. That it was gone is over when nothing is left that it could have spoilt.
  void folder_is_there() {
    if (idle() && folder_was_gone_) disk_problem_.clear();
  }

  std::optional<Action> next(SteadyTime now);
  // When next() may have something to do although nothing happens.
  SteadyTime wake_at() const;

  bool wanted() const { return wanted_; }
  // Nothing is being recorded, and nothing is left of the last recording.
  bool idle() const { return !active_; }
  RecorderStatus status(SteadyTime now) const;
  RecorderTotals totals() const;
  // The segment being written; empty when there is none. While a segment follows another one, the
  // name is the old one until the new one is there.
  std::string current_file() const;
  const std::string& last_file() const { return last_file_; }
  // How long frames have waited without one reaching the file.
  Steady::duration without_growth(SteadyTime now) const;
  // How long the oldest frame could have been on the disk for good, and is not: ffmpeg keeps each
  // back until the next one comes.
  Steady::duration unsynced(SteadyTime now) const;
  // Frames that are in a file, and not synced.
  std::size_t only_written() const;
  // A file has frames, and is not closed.
  bool has_open_file() const;
  // What is wrong with the disk since the last sync that succeeded; empty: nothing.
  const std::string& disk_problem() const { return disk_problem_; }
  std::optional<SteadyTime> last_drop() const { return last_drop_; }
  std::uint64_t dropped() const { return queue_.dropped(); }  // since the start

 private:
  enum class Muxer { absent, to_start, starting, running, closing, killed };
  enum class Disk { free, creating, following, closing };

  // A segment of the present ffmpeg, from its journal on until it is closed.
  struct Segment {
    std::uint32_t number = 0;  // of ffmpeg's file
    std::uint64_t recording = 0;
    std::string name;
    unsigned width = 0;
    unsigned height = 0;
    std::uint64_t largest_file = kAnySize;
    SteadyTime started;       // when its first frame was captured
    std::size_t given = 0;    // frames; each of the next two is a part of the one before
    std::size_t written = 0;  //
    std::size_t synced = 0;   //
    std::uint64_t bytes = 0;  // of all that were given
    bool ended = false;       // its last frame was given
    bool listed = false;      // ffmpeg says that it is done
    bool bad_trailer = false;
    bool superseded = false;  // its frames go elsewhere
  };

  // Decisions, see recorder_decisions.cpp.
  std::optional<Action> watch_muxer(SteadyTime now);
  std::optional<Action> use_disk(SteadyTime now);
  std::optional<Action> close_front() const;
  bool can_follow() const;
  std::optional<Action> create_segment(SteadyTime now);
  std::optional<Action> feed(SteadyTime now);
  std::optional<Action> tell_losses(SteadyTime now);
  std::optional<Action> give_up(SteadyTime now);
  bool nothing_more_to_give() const;
  bool has_all_its_frames() const;
  const FrameQueue::Entry& to_give() const { return other_ ? *other_ : queue_.next(); }
  SegmentPlan::Cut cut_before(const FrameQueue::Entry& entry) const;
  Action give();
  void tell_file(const Segment& segment);

  // The end of an ffmpeg, see recorder_session.cpp.
  void abandon(const std::string& why, MuxerFailure failure);
  void end_session(SteadyTime now);
  Refusals::Outcome outcome() const;

  // How long is waited, see recorder_patience.cpp.
  void note_progress(SteadyTime now);
  void disk_has_answered(SteadyTime now);
  SteadyTime hang_at() const;
  seconds hang_limit() const { return hurry_ ? kHangLimitInHurry : kHangLimit; }
  std::string reason_to_kill(SteadyTime now) const;
  SteadyTime give_up_at() const;
  SteadyTime give_up_waiting_at() const;

  bool muxer_lives() const;
  bool nothing_is_open() const;
  std::vector<Sample> waiting_samples() const;
  std::size_t unwritten() const;
  void count_gap();
  void release(std::size_t frames, SteadyTime now);
  void note_drops(SteadyTime now);
  RecorderState state() const;

  FrameQueue queue_;
  Preroll preroll_;
  SegmentPlan plan_;
  RateSource rate_;

  // The wish.
  bool wanted_ = false;
  bool active_ = false;  // from want() until all is written
  bool hurry_ = false;
  bool over_ = false;  // nothing is begun any more
  SteadyTime hurry_since_{};
  std::uint64_t recording_ = 0;  // counts want()
  SteadyTime wanted_since_{};
  SteadyTime unwanted_at_{};

  // The camera.
  bool camera_lost_ = true;
  std::string lost_why_;
  bool loss_pending_ = false;  // the next frame comes after a loss
  SteadyTime last_capture_{};

  // The present ffmpeg and its segments, oldest first.
  Muxer muxer_ = Muxer::absent;
  std::deque<Segment> segments_;
  std::uint32_t next_number_ = 0;
  std::size_t reserve_ = 0;
  microseconds frame_interval_{0};
  bool taking_ = false;  // a frame is on its way into the pipe
  // The next two leave out for how long the disk stood still: ffmpeg is not to blame for that.
  SteadyTime last_taken_{};
  SteadyTime stuck_since_{};  // it has made no progress
  SteadyTime muxer_since_{};
  SteadyTime session_began_{};
  bool has_begun_ = false;  // this ffmpeg has begun its first file
  std::string abandoned_;   // why this ffmpeg is given up; empty: it is not
  bool ended_well_ = false;
  bool synced_only_ = false;    // what is not synced cannot be relied on
  std::string create_problem_;  // why no further segment can be begun; empty: it can
  bool restarting_ = false;     // the next ffmpeg replaces one that failed
  MuxerFailure failure_ = MuxerFailure::ended;  // of the newest one that was given up
  Refusals refusals_;
  std::optional<FrameQueue::Entry> other_;  // all that this ffmpeg gets; not kept, see Refusals
  bool has_written_ = false;                // anything; of `other_`: all
  bool ended_soon_ = false;                 // after its start
  bool disk_erred_ = false;                 // while this ffmpeg wrote
  std::string refusal_;  // why nothing came of what was begun since the stop; empty: it hangs, too

  // The disk.
  Disk disk_ = Disk::free;
  SteadyTime next_follow_{};
  SteadyTime disk_begun_{};  // what it does now
  unsigned follows_ = 0;
  SteadyTime last_progress_{};  // a frame was written, or there was none to write
  SteadyTime last_release_{};   // a frame was synced
  SteadyTime disk_back_{};      // after it had stood still while what was left waited for it
  std::string disk_full_;
  std::string disk_problem_;
  bool folder_was_gone_ = false;  // that is the problem
  process::RestartPolicy retry_;
  SteadyTime retry_at_{};

  // What is told.
  std::deque<Action> tells_;
  RecorderStatus counts_;
  RecorderTotals totals_;
  std::string problem_;  // why nothing is recorded; empty: no reason
  std::string last_file_;
  std::string told_file_;
  std::uint64_t drops_before_ = 0;  // of earlier recordings
  std::uint64_t noted_drops_ = 0;   // of the queue's
  std::uint64_t told_drops_ = 0;    //
  std::optional<SteadyTime> last_drop_;
  SteadyTime next_loss_tell_{};
};

}  // namespace minidvr::recording
