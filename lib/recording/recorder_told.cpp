// What the recorder tells of itself.

#include "recording/recorder_machine.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace minidvr::recording {

// Frames reach the file of this segment, or are about to: its ffmpeg works.
void RecorderMachine::tell_file(const Segment& segment) {
  if (!wanted_ || segment.recording != recording_ || other_) return;
  problem_ = disk_full_;
  const std::string file = segment.name + ".mp4";
  if (std::exchange(told_file_, file) != file) tells_.push_back(TellFile{file});
}

void RecorderMachine::note_drops(SteadyTime now) {
  if (std::exchange(noted_drops_, queue_.dropped()) != queue_.dropped()) last_drop_ = now;
}

RecorderState RecorderMachine::state() const {
  if (!active_) return RecorderState::idle;
  if (!wanted_) return RecorderState::stopping;
  if (!problem_.empty()) return RecorderState::failed;
  if (camera_lost_) return RecorderState::waiting_for_camera;
  return current_file().empty() ? RecorderState::starting : RecorderState::recording;
}

RecorderStatus RecorderMachine::status(SteadyTime now) const {
  RecorderStatus status = counts_;
  status.state = state();
  if (status.state == RecorderState::failed) status.detail = problem_;
  if (status.state == RecorderState::waiting_for_camera) status.detail = lost_why_;
  status.seconds = recording_ == 0 ? 0 : to_seconds((wanted_ ? now : unwanted_at_) - wanted_since_);
  status.dropped_frames = queue_.dropped() - drops_before_;
  status.buffered_frames = queue_.size();
  return status;
}

RecorderTotals RecorderMachine::totals() const {
  RecorderTotals totals = totals_;
  totals.dropped_frames = queue_.dropped();
  return totals;
}

std::string RecorderMachine::current_file() const {
  const bool is_written = muxer_ == Muxer::running && has_begun_ && !other_;
  return wanted_ && is_written ? told_file_ : std::string{};
}

Steady::duration RecorderMachine::without_growth(SteadyTime now) const {
  const bool waits = queue_.has_waiting() || unwritten() > 1;
  return waits ? now - last_progress_ : Steady::duration::zero();
}

Steady::duration RecorderMachine::unsynced(SteadyTime now) const {
  if (queue_.size() < 2) return Steady::duration::zero();
  // What came before the recording waits since then.
  const SteadyTime since = std::max(queue_[1].frame->captured, wanted_since_);
  return std::max(now - since, Steady::duration::zero());
}

bool RecorderMachine::has_open_file() const {
  return std::any_of(segments_.begin(), segments_.end(),
                     [](const Segment& s) { return s.written > 0 && !s.superseded; });
}

std::size_t RecorderMachine::only_written() const {
  std::size_t count = 0;
  for (const auto& segment : segments_) {
    if (!synced_only_ && !segment.superseded) count += segment.written - segment.synced;
  }
  return count;
}

}  // namespace minidvr::recording
