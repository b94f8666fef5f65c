// The events. What follows from them is decided in recorder_decisions.cpp, and in
// recorder_session.cpp when an ffmpeg ends; what is told of it stands in recorder_told.cpp.

#include "recording/recorder_machine.hpp"

#include <algorithm>
#include <utility>

namespace minidvr::recording {

// What people and the camera do.

std::size_t RecorderMachine::want(SteadyTime now, bool camera_online) {
  if (wanted_) return 0;
  wanted_ = true;
  active_ = true;
  ++recording_;
  wanted_since_ = now;
  note_progress(now);
  camera_lost_ = !camera_online;
  lost_why_ = camera_online ? "" : "no frames from the camera";
  loss_pending_ = false;
  last_capture_ = {};
  counts_ = {};
  drops_before_ = queue_.dropped();
  problem_ = disk_full_;
  refusal_.clear();
  told_file_.clear();
  // What waits for the disk comes first.
  auto before = preroll_.take(queue_.room());
  for (auto& frame : before)
    on_frame(std::move(frame), now);
  return before.size();
}

void RecorderMachine::unwant(SteadyTime now) {
  if (!wanted_) return;
  wanted_ = false;
  unwanted_at_ = now;
  refusal_.clear();
  retry_at_ = std::min(retry_at_, now);  // whoever stopped waits for what becomes of it
}

void RecorderMachine::hurry(SteadyTime now) {
  if (!std::exchange(hurry_, true)) hurry_since_ = now;
}

void RecorderMachine::end_here(SteadyTime now) {
  over_ = true;
  queue_.count_as_dropped(queue_.size() - only_written());
  note_drops(now);
  next_loss_tell_ = now;
}

void RecorderMachine::on_frame(FramePtr frame, SteadyTime now) {
  if (!wanted_) {
    preroll_.add(std::move(frame));
    return;
  }
  const bool first = last_capture_ == SteadyTime{};
  const bool hole = !first && frame->captured - last_capture_ > frame->longest_pause;
  if (hole && !loss_pending_) count_gap();
  last_capture_ = frame->captured;
  // Until now there was nothing to write; an ffmpeg that is to end has something to do all the
  // same.
  const bool nothing_to_do = !queue_.has_waiting() && unwritten() <= 1 && muxer_ != Muxer::closing;
  if (nothing_to_do) note_progress(now);
  queue_.push({std::move(frame), recording_, std::exchange(loss_pending_, false)});
  note_drops(now);
  camera_lost_ = false;
}

void RecorderMachine::on_lost(const std::string& why) {
  preroll_.clear();
  if (!wanted_) return;
  lost_why_ = why;
  if (camera_lost_) return;
  camera_lost_ = true;
  loss_pending_ = true;
  if (last_capture_ != SteadyTime{}) count_gap();
}

// What became of actions.

void RecorderMachine::created(const Result<std::string>& name, SteadyTime now,
                              std::uint64_t largest_file) {
  disk_has_answered(now);
  if (!name) {
    create_problem_ = name.error().detail;
    if (wanted_) problem_ = create_problem_;
    segments_.pop_back();
    if (nothing_is_open()) end_session(now);
    return;
  }
  segments_.back().name = *name;
  segments_.back().largest_file = largest_file;
  if (muxer_ == Muxer::absent && segments_.size() == 1) muxer_ = Muxer::to_start;
}

void RecorderMachine::muxer_started(SteadyTime now) {
  muxer_ = Muxer::running;
  muxer_since_ = stuck_since_ = now;
  has_begun_ = false;
  next_follow_ = now + kFirstFollowInterval;
  if (!std::exchange(restarting_, false)) return;
  ++counts_.restarts;
  ++totals_.restarts[static_cast<std::size_t>(failure_)];
}

void RecorderMachine::muxer_not_started(const std::string& why) {
  muxer_ = Muxer::absent;
  abandon(why, MuxerFailure::not_started);
}

void RecorderMachine::muxer_takes(SteadyTime now) {
  last_taken_ = now;
}

void RecorderMachine::frame_taken(SteadyTime now) {
  last_taken_ = now;
  taking_ = false;
}

void RecorderMachine::file_listed() {
  const auto segment =
      std::find_if(segments_.begin(), segments_.end(), [](const Segment& s) { return !s.listed; });
  // A list is a hint: what does not fit it is found when the file is looked at.
  if (segment != segments_.end()) segment->listed = true;
}

void RecorderMachine::muxer_ended(const std::string& problem, SteadyTime now) {
  ended_well_ = problem.empty() && muxer_ == Muxer::closing;
  ended_soon_ = now - muxer_since_ < Refusals::kSoon;
  if (!ended_well_) abandon(problem.empty() ? "ffmpeg ended early" : problem, MuxerFailure::ended);
  muxer_ = Muxer::absent;
  taking_ = false;
  if (nothing_is_open()) end_session(now);
}

void RecorderMachine::followed(const SegmentFile::Progress& progress, SteadyTime now) {
  disk_has_answered(now);
  (progress.synced ? totals_.sync_time : totals_.note_time).add(now - disk_begun_);
  auto& segment = segments_.front();
  segment.written += progress.written;
  if (progress.written > 0) has_written_ = true;
  if (progress.file_bytes > 0 && !std::exchange(has_begun_, true)) {
    tell_file(*std::find_if(segments_.rbegin(), segments_.rend(),
                            [](const Segment& s) { return s.given > 0; }));
  }
  next_follow_ = now + (has_begun_ ? kFollowInterval : kFirstFollowInterval);
  const bool nothing_to_write = muxer_ == Muxer::running && unwritten() <= 1;
  if (progress.written > 0 || nothing_to_write) note_progress(now);
  if (!progress.failure.empty()) {
    synced_only_ = true;
    disk_problem_ = progress.failure;
    folder_was_gone_ = progress.folder_is_gone;
    abandon(progress.failure, MuxerFailure::disk);
    return;
  }
  if (!progress.synced) return;
  disk_problem_.clear();
  release(segment.written - std::exchange(segment.synced, segment.written), now);
}

void RecorderMachine::closed(const SegmentFile::Closed& closed, SteadyTime now) {
  disk_has_answered(now);
  auto& segment = segments_.front();
  if (closed.not_whole) {
    segment.bad_trailer = true;
    if (muxer_lives()) abandon(closed.problem, MuxerFailure::file);
    return;
  }
  if (closed.frames > 0) note_progress(now);
  if (closed.frames > 0 || (other_ && ended_well_ && segment.listed)) has_written_ = true;
  if (!closed.problem.empty()) disk_erred_ = true;
  release(closed.frames - segment.synced, now);
  if (!closed.file.empty()) {
    last_file_ = closed.file;
    ++totals_.segments;
    if (segment.recording == recording_) ++counts_.segments;
  }
  if (closed.frames < segment.given && !segment.superseded) {
    // They are at the front of the queue again: nothing behind them may stay where it is.
    for (auto& later : segments_)
      later.superseded = true;
    if (abandoned_.empty()) {
      disk_problem_ = closed.problem;
      folder_was_gone_ = closed.folder_is_gone;
      abandon(closed.problem.empty() ? "frames are missing in " + segment.name : closed.problem,
              MuxerFailure::file);
    }
  }
  segments_.pop_front();
  if (nothing_is_open()) end_session(now);
}

void RecorderMachine::disk_full(const std::string& why, SteadyTime now) {
  if (disk_full_.empty() != why.empty()) {
    // While the disk is full only the newest frames are kept: they are what goes on when it is not.
    queue_.limit_to(why.empty() ? 0 : kBufferWhileFull);
    note_drops(now);
    if (why.empty() && problem_ == disk_full_) problem_.clear();
    retry_at_ = now;
  }
  disk_full_ = why;
  if (!why.empty() && wanted_) problem_ = why;
}

// Of use to several of them.

bool RecorderMachine::muxer_lives() const {
  return muxer_ == Muxer::running || muxer_ == Muxer::closing || muxer_ == Muxer::killed;
}

bool RecorderMachine::nothing_is_open() const {
  return muxer_ == Muxer::absent && segments_.empty();
}

// Frames that ffmpeg has and that were not seen in a file. It keeps one back until the next one
// comes.
std::size_t RecorderMachine::unwritten() const {
  std::size_t count = 0;
  for (const auto& segment : segments_)
    count += segment.given - segment.written;
  return count;
}

void RecorderMachine::count_gap() {
  ++counts_.gaps;
  ++totals_.gaps;
}

// The oldest `frames` frames are synced.
void RecorderMachine::release(std::size_t frames, SteadyTime now) {
  if (frames > 0) last_release_ = now;
  for (; frames > 0; --frames) {
    const auto& entry = queue_[0];
    ++totals_.frames;
    totals_.bytes += entry.frame->jpeg.size();
    totals_.time_to_disk.add(now - entry.frame->captured);
    if (entry.recording == recording_) {
      ++counts_.frames;
      counts_.bytes += entry.frame->jpeg.size();
    }
    queue_.release_synced();
  }
}

}  // namespace minidvr::recording
