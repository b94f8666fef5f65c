// What follows from what the recorder knows: one action at a time.

#include "recording/recorder_machine.hpp"

#include <algorithm>
#include <utility>

namespace minidvr::recording {

std::optional<Action> RecorderMachine::next(SteadyTime now) {
  if (!tells_.empty()) {
    Action tell = std::move(tells_.front());
    tells_.pop_front();
    return tell;
  }
  if (over_) return tell_losses(now);
  if (auto action = watch_muxer(now)) return action;
  if (disk_ == Disk::free) {
    if (auto action = use_disk(now)) return action;
  }
  if (auto action = feed(now)) return action;
  if (auto action = give_up(now)) return action;
  if (auto action = tell_losses(now)) return action;
  if (active_ && !wanted_ && queue_.empty() && nothing_is_open() && disk_ == Disk::free) {
    active_ = false;
    told_file_.clear();
    return TellIdle{last_file_};
  }
  return std::nullopt;
}

SteadyTime RecorderMachine::wake_at() const {
  SteadyTime at = SteadyTime::max();
  const auto also = [&at](SteadyTime other) { at = std::min(at, other); };
  const bool works = muxer_ == Muxer::running || muxer_ == Muxer::closing;
  if (disk_ == Disk::free) {
    if (can_follow()) also(next_follow_);
    if (muxer_ == Muxer::running && taking_) also(last_taken_ + hang_limit());
    if (muxer_ == Muxer::closing || (works && unwritten() > 1)) {
      also(hang_at());
    }
    if (nothing_is_open() && queue_.has_waiting() && disk_full_.empty()) also(retry_at_);
    if (active_ && !wanted_ && works) also(give_up_at());
    if (active_ && !wanted_ && nothing_is_open() && queue_.has_waiting()) {
      also(give_up_waiting_at());
    }
  }
  if (queue_.dropped() != told_drops_) also(next_loss_tell_);
  return at;
}

// Whether ffmpeg has to end, and how.
std::optional<Action> RecorderMachine::watch_muxer(SteadyTime now) {
  if (muxer_ != Muxer::running && muxer_ != Muxer::closing) return std::nullopt;
  if (const auto why = reason_to_kill(now); !why.empty()) {
    abandon(why, MuxerFailure::hung);
    muxer_ = Muxer::killed;
    return KillMuxer{why};
  }
  if (muxer_ == Muxer::running && !taking_ && nothing_more_to_give()) {
    muxer_ = Muxer::closing;
    note_progress(now);
    if (!segments_.empty()) segments_.back().ended = true;
    return CloseInput{};
  }
  return std::nullopt;
}

bool RecorderMachine::nothing_more_to_give() const {
  if (!disk_full_.empty() || !create_problem_.empty() || has_all_its_frames()) return true;
  if (!queue_.has_waiting()) return !wanted_ || camera_lost_;
  return !segments_.empty() && cut_before(to_give()) == SegmentPlan::Cut::size;
}

// Of an ffmpeg that is to show whether it takes one.
bool RecorderMachine::has_all_its_frames() const {
  return refusals_.is_of_one_frame() && !segments_.empty() && segments_.back().given > 0;
}

SegmentPlan::Cut RecorderMachine::cut_before(const FrameQueue::Entry& entry) const {
  using Cut = SegmentPlan::Cut;
  if (segments_.empty() || nothing_is_open()) return Cut::first;
  const auto& segment = segments_.back();
  const auto& frame = *entry.frame;
  if (frame.width != segment.width || frame.height != segment.height) return Cut::size;
  if (segment.ended) return Cut::length;
  if (segment.given == 0) return Cut::none;
  if (entry.recording != segment.recording) return Cut::first;
  if (entry.after_loss) return Cut::gap;
  return plan_.before(frame);
}

// The disk does one thing at a time; what is oldest comes first.
std::optional<Action> RecorderMachine::use_disk(SteadyTime now) {
  disk_begun_ = now;
  if (auto action = close_front()) {
    disk_ = Disk::closing;
    return action;
  }
  if (auto action = create_segment(now)) {
    disk_ = Disk::creating;
    return action;
  }
  if (!can_follow() || now < next_follow_) return std::nullopt;
  disk_ = Disk::following;
  return Follow{waiting_samples(), has_begun_ && ++follows_ % kFollowsPerSync == 0};
}

bool RecorderMachine::can_follow() const {
  return muxer_lives() && abandoned_.empty() && !segments_.empty() && segments_.front().given > 0;
}

std::optional<Action> RecorderMachine::close_front() const {
  if (segments_.empty() || muxer_ == Muxer::to_start || muxer_ == Muxer::starting) {
    return std::nullopt;
  }
  using Ending = SegmentFile::Ending;
  const auto& segment = segments_.front();
  const bool trailer = (segment.listed || ended_well_) && !segment.bad_trailer;
  if (muxer_lives()) {
    if (!trailer || !segment.ended || !abandoned_.empty() || other_) return std::nullopt;
    return CloseSegment{Ending::trailer, waiting_samples(), segment.given, segment.bytes};
  }
  Ending ending = trailer ? Ending::trailer : Ending::no_trailer;
  if (synced_only_) ending = Ending::synced_only;
  if (segment.superseded || segment.given == 0) ending = Ending::nothing;
  return CloseSegment{ending, waiting_samples(), segment.given, segment.bytes};
}

// Of the oldest segment, which the front of the queue belongs to.
std::vector<Sample> RecorderMachine::waiting_samples() const {
  const auto& segment = segments_.front();
  std::vector<Sample> samples;
  if (segment.superseded) return samples;
  samples.reserve(segment.given - segment.written);
  for (std::size_t i = segment.written; i < segment.given; ++i) {
    const auto& entry = queue_[i - segment.synced];
    const auto& frame = *entry.frame;
    samples.push_back({std::chrono::floor<microseconds>(frame.captured - segment.started),
                       static_cast<std::uint32_t>(frame.jpeg.size()), entry.digest});
  }
  return samples;
}

std::optional<Action> RecorderMachine::create_segment(SteadyTime now) {
  if (!queue_.has_waiting() || !disk_full_.empty() || !create_problem_.empty() ||
      !abandoned_.empty() || (!nothing_is_open() && has_all_its_frames())) {
    return std::nullopt;
  }
  if (nothing_is_open() ? now < retry_at_ : muxer_ != Muxer::running) return std::nullopt;
  const auto cut = cut_before(to_give());
  // Another picture size needs another ffmpeg first.
  if (cut == SegmentPlan::Cut::none || (cut == SegmentPlan::Cut::size && !nothing_is_open())) {
    return std::nullopt;
  }
  if (nothing_is_open()) {
    const Rate rate = rate_();
    reserve_ = plan_.reserve_for(rate.fps);
    frame_interval_ = rate.interval;
    next_number_ = 0;
    session_began_ = now;
    const std::size_t first = refusals_.begin(queue_.next().frame, queue_.size());
    if (refusals_.session() == Refusals::Session::other) other_ = queue_[first];
  } else {
    segments_.back().ended = true;
  }
  const auto& entry = to_give();
  Segment segment;
  segment.superseded = other_.has_value();
  segment.number = next_number_++;
  segment.recording = entry.recording;
  segment.width = entry.frame->width;
  segment.height = entry.frame->height;
  segments_.push_back(std::move(segment));
  if (!other_) queue_.pin_next();
  return CreateSegment{entry.frame, segments_.back().number, static_cast<std::uint32_t>(reserve_),
                       frame_interval_, cut};
}

// Starts ffmpeg, and gives it what waits.
std::optional<Action> RecorderMachine::feed(SteadyTime now) {
  if (muxer_ == Muxer::to_start) {
    if (!queue_.has_waiting() || !disk_full_.empty()) {
      muxer_ = Muxer::absent;  // there is nothing to write any more; the journal goes
      return std::nullopt;
    }
    muxer_ = Muxer::starting;
    const auto& segment = segments_.back();
    return StartMuxer{static_cast<std::uint32_t>(reserve_), frame_interval_, segment.width,
                      segment.height};
  }
  if (muxer_ != Muxer::running || taking_ || !queue_.has_waiting()) return std::nullopt;
  if (!disk_full_.empty() || !create_problem_.empty() || segments_.empty()) return std::nullopt;
  if (segments_.back().name.empty()) return std::nullopt;  // its journal is being made
  if (has_all_its_frames() || cut_before(to_give()) != SegmentPlan::Cut::none) {
    return std::nullopt;
  }
  taking_ = true;
  last_taken_ = now;
  return give();
}

Action RecorderMachine::give() {
  const auto& entry = to_give();
  const FramePtr frame = entry.frame;
  auto& segment = segments_.back();
  if (segment.given == 0) {
    segment.started = frame->captured;
    plan_.begin(*frame, reserve_, segment.largest_file);
    if (has_begun_) tell_file(segment);
  }
  plan_.add(*frame);
  ++segment.given;
  segment.bytes += frame->jpeg.size();
  if (!other_) queue_.give(digest_of(frame->jpeg));
  const auto into = std::chrono::floor<microseconds>(frame->captured - segment.started);
  return Give{frame, segment.number * microseconds(kPeriod) + into};
}

// Recording is off, and what is left finds no disk that takes it.
std::optional<Action> RecorderMachine::give_up(SteadyTime now) {
  if (wanted_ || !nothing_is_open() || disk_ != Disk::free || !queue_.has_waiting()) {
    return std::nullopt;
  }
  if (disk_full_.empty() && now < give_up_waiting_at()) return std::nullopt;
  queue_.drop_waiting();
  note_drops(now);
  next_loss_tell_ = now;
  return tell_losses(now);
}

std::optional<Action> RecorderMachine::tell_losses(SteadyTime now) {
  if (queue_.dropped() == told_drops_ || now < next_loss_tell_) return std::nullopt;
  next_loss_tell_ = now + kBetweenLosses;
  const std::string& why = !disk_full_.empty() ? disk_full_ : wanted_ ? problem_ : refusal_;
  return TellDropped{queue_.dropped() - std::exchange(told_drops_, queue_.dropped()), why};
}

}  // namespace minidvr::recording
