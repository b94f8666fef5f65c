// The end of an ffmpeg and its segments, and what is learnt from it for the next one.

#include "recording/recorder_machine.hpp"

#include <algorithm>
#include <string>

namespace minidvr::recording {

// Another ffmpeg has to go on. What it has not brought to the disk is still in the queue.
void RecorderMachine::abandon(const std::string& why, MuxerFailure failure) {
  if (!abandoned_.empty()) return;
  abandoned_ = why;
  failure_ = failure;
  if (wanted_) problem_ = why;
}

// What the ffmpeg that is gone says about its first frame.
Refusals::Outcome RecorderMachine::outcome() const {
  if (has_written_) return Refusals::Outcome::written;
  const bool ended = !abandoned_.empty() && failure_ == MuxerFailure::ended;
  const bool disk_is_to_blame =
      disk_erred_ || synced_only_ || !create_problem_.empty() || !disk_full_.empty();
  return ended && ended_soon_ && !disk_is_to_blame ? Refusals::Outcome::refused
                                                   : Refusals::Outcome::failed;
}

void RecorderMachine::end_session(SteadyTime now) {
  queue_.take_back();
  if (refusals_.end(outcome()) && queue_.has_waiting()) {
    tells_.push_back(TellRefused{queue_.next().frame, abandoned_});
    queue_.drop_oldest_waiting();
    note_drops(now);
    ++told_drops_;
    retry_ = {};  // neither ffmpeg nor the disk was to blame
  }
  // Nothing is left that it keeps from the disk.
  if (!queue_.has_waiting()) problem_ = disk_full_;
  plan_.end();
  restarting_ = !abandoned_.empty();
  if (!abandoned_.empty() || !create_problem_.empty()) {
    const bool hung = create_problem_.empty() && failure_ == MuxerFailure::hung;
    if (refusals_.is_open(queue_.size())) {
      refusal_.clear();
    } else if (!wanted_ && !hung && session_began_ >= unwanted_at_ &&
               last_release_ < session_began_) {
      refusal_ = create_problem_.empty() ? abandoned_ : create_problem_;
    }
    const Steady::duration delay = retry_.next_delay(now - session_began_);
    retry_at_ = now + std::min<Steady::duration>(delay, kLongestRetry);
    if (refusals_.is_open(queue_.size())) retry_at_ = std::min(retry_at_, now + Refusals::kPause);
    if (refusals_.at_once(queue_.size())) retry_at_ = now;
  }
  other_.reset();
  has_written_ = false;
  disk_erred_ = false;
  abandoned_.clear();
  create_problem_.clear();
  ended_well_ = false;
  synced_only_ = false;
}

}  // namespace minidvr::recording
