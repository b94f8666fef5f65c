// For how long ffmpeg and the disk are waited for.

#include "recording/recorder_machine.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::recording {
namespace {

std::string nothing_for(std::string_view what, Steady::duration limit) {
  return fmt::format("{} for {:.0f} s", what, to_seconds(limit));
}

}  // namespace

void RecorderMachine::note_progress(SteadyTime now) {
  last_progress_ = now;
  stuck_since_ = now;
}

// What the disk was asked for is done. If that took long, it is no time of ffmpeg's: ffmpeg waited
// behind the same commit, or nobody has looked at what it did meanwhile.
void RecorderMachine::disk_has_answered(SteadyTime now) {
  disk_ = Disk::free;
  const Steady::duration took = now - disk_begun_;
  if (took <= kFollowInterval) return;
  stuck_since_ = std::min(now, stuck_since_ + took);
  last_taken_ = std::min(now, last_taken_ + took);
  // What waits since a stop is tried once more by a disk that stood still for most of its time.
  // Once, until that takes something: it may stand still again and again.
  const SteadyTime since = std::max(unwanted_at_, last_release_);
  if (wanted_ || hurry_ || took <= kHangLimit || disk_back_ > since) return;
  if (now + kHangLimit > since + kGiveUpLimit) disk_back_ = now;
}

// From when on an ffmpeg that has something to write, or to end, hangs.
SteadyTime RecorderMachine::hang_at() const {
  return stuck_since_ + hang_limit();
}

std::string RecorderMachine::reason_to_kill(SteadyTime now) const {
  if (!abandoned_.empty()) return abandoned_;
  // Judged by a fresh look only: it may be this program that stood still.
  if (disk_ != Disk::free || (can_follow() && now >= next_follow_)) return {};
  const auto limit = hang_limit();
  if (muxer_ == Muxer::running && taking_ && now >= last_taken_ + limit) {
    return nothing_for("ffmpeg took nothing", limit);
  }
  if (now >= hang_at()) {
    if (muxer_ == Muxer::closing) return nothing_for("ffmpeg did not end", limit);
    if (unwritten() > 1) return nothing_for("ffmpeg wrote nothing", limit);
  }
  if (!wanted_ && now >= give_up_at()) {
    return hurry_ ? "the program ends" : "nothing reaches the disk";
  }
  return {};
}

SteadyTime RecorderMachine::give_up_at() const {
  // Who ends the program does not wait for longer because a slow disk takes a little.
  if (hurry_) return std::max(unwanted_at_, hurry_since_) + kGiveUpLimitInHurry;
  return std::max(std::max(unwanted_at_, last_release_) + kGiveUpLimit, disk_back_ + kHangLimit);
}

// The same of what no ffmpeg has.
SteadyTime RecorderMachine::give_up_waiting_at() const {
  if (refusal_.empty()) return give_up_at();
  return std::min(give_up_at(),
                  std::max({unwanted_at_, last_release_, disk_back_}) + kRefusalLimit);
}

}  // namespace minidvr::recording
