#include "recording/recorder.hpp"

#include "core/log.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::recording {
namespace {

constexpr const char* kComponent = "recorder";
constexpr std::size_t kMebibyte = 1 << 20;
// How often a segment that ffmpeg or the disk refused is tried with frames that have no other
// place.
constexpr int kRescueTries = 3;
constexpr seconds kRescuePause{1};
// When ffmpeg or the disk refuses again and again, it is tried no more rarely than this.
constexpr seconds kLongestRetry{5};

}  // namespace

Recorder::Recorder(const net::any_io_executor& executor, BlockingPool& pool, TaskGroup& tasks,
                   const Settings& settings, const capture::CameraMonitor& camera,
                   Observer observer)
    : pool_(pool),
      tasks_(tasks),
      settings_(settings),
      camera_(camera),
      observer_(std::move(observer)),
      changed_(executor),
      queue_(settings.frame_buffer_mb * kMebibyte),
      plan_(settings.segment_seconds, settings.segment_align) {}

// What is wanted.

void Recorder::want() {
  if (wanted_) return;
  wanted_ = true;
  active_ = true;
  ++wish_;
  status_ = RecorderStatus{};
  const bool online = camera_.online(Steady::now());
  status_.state = online ? RecorderState::starting : RecorderState::waiting_for_camera;
  if (!online) status_.detail = "no frames from the camera";
  queue_.reset_counts();
  last_progress_ = Steady::now();
  started_at_ = std::chrono::system_clock::now();
  changed_.notify();
}

void Recorder::unwant() {
  if (!wanted_) return;
  wanted_ = false;
  give_up_at_ = Steady::now() + kDrainLimit;
  status_.state = RecorderState::stopping;
  status_.detail.clear();
  changed_.notify();
}

void Recorder::hurry() {
  hurry_ = true;
  give_up_at_ = std::min(give_up_at_, Steady::now() + kFinishLimitAtShutdown);
  if (writer_) writer_->hurry();
  changed_.notify();
}

Steady::duration Recorder::finish_limit() const {
  return hurry_ ? kFinishLimitAtShutdown : kFinishLimit;
}

Task<bool> Recorder::wait_for_file(SteadyTime deadline) {
  const auto wish = wish_;
  while (wanted_ && wish_ == wish && !writer_ && Steady::now() < deadline) {
    co_await changed_.wait_until(deadline);
  }
  co_return wanted_&& wish_ == wish&& writer_ != nullptr;
}

Task<bool> Recorder::wait_until_idle(SteadyTime deadline) {
  while (active_ && !wanted_ && Steady::now() < deadline)
    co_await changed_.wait_until(deadline);
  co_return !active_;
}

// The camera's side.

void Recorder::on_frame(FramePtr frame) {
  if (!wanted_) return;
  queue_.push(std::move(frame));
  changed_.notify();
}

void Recorder::on_lost(const std::string& why) {
  if (!wanted_) return;
  queue_.push_lost();
  if (status_.state == RecorderState::recording || status_.state == RecorderState::starting) {
    status_.state = RecorderState::waiting_for_camera;
  }
  if (status_.state == RecorderState::waiting_for_camera) status_.detail = why;
  changed_.notify();
}

// Recording.

Task<> Recorder::run() {
  for (;;) {
    while (!active_)
      co_await changed_.wait();
    log::info(kComponent, "recording is switched on");
    co_await record();
    if (wanted_) continue;  // switched on again while it was being switched off
    log::info(kComponent, "recording is switched off: {} frames in {} files, {} dropped, {} gaps",
              status_.frames, status_.segments, queue_.dropped(), status_.gaps);
    status_.state = RecorderState::idle;
    status_.detail.clear();
    active_ = false;
    started_at_.reset();
    observer_.on_idle(last_file_);
    changed_.notify();
  }
}

Task<> Recorder::record() {
  while (wanted_ || !queue_.empty()) {
    if (!wanted_ && Steady::now() >= give_up_at_) {
      const auto count = queue_.drop_all();
      if (count > 0) log::error(kComponent, "{} frames did not reach the disk in time", count);
      break;
    }
    if (guard_.full()) {
      co_await wait_for_disk();
      continue;
    }
    if (queue_.empty()) {
      co_await changed_.wait();
      continue;
    }
    const FramePtr frame = queue_.pop();
    if (!frame) {
      if (writer_) ++status_.gaps;
      end_segment();
      continue;
    }
    co_await take(frame);
  }
  end_segment();
  while (finishing_ > 0)
    co_await changed_.wait();
}

Task<> Recorder::take(FramePtr frame) {
  const SegmentPlan::Cut cut = plan_.before(*frame);
  if (cut != SegmentPlan::Cut::none) {
    end_segment();
    co_await begin_segment(frame, cut);
    if (!writer_) {
      // The frame waits for the next try, and so do those behind it.
      queue_.put_back({frame});
      co_await pause(retry_.next_delay({}));
      co_return;
    }
  }
  plan_.add(*frame);
  const auto written = co_await writer_->write(frame);
  if (!written) co_await replace_ffmpeg(written.error().detail);
}

SegmentSpec Recorder::spec_for(const capture::Frame& frame) const {
  const double fps = std::max(camera_.fps(Steady::now()), static_cast<double>(settings_.fps));
  // How long the last frame is shown: as long as frames are apart.
  const auto interval = camera_.interval().value_or(std::chrono::seconds(1) / settings_.fps);
  SegmentSpec spec;
  spec.recordings_dir = settings_.recordings_dir;
  spec.ffmpeg_bin = settings_.ffmpeg_bin;
  spec.header_bytes = static_cast<std::uint32_t>(plan_.header_bytes_for(frame, fps));
  spec.frame_interval = std::max(std::chrono::floor<microseconds>(interval), microseconds(1));
  return spec;
}

Task<Result<std::shared_ptr<SegmentWriter>>> Recorder::open(const FramePtr& first) {
  return SegmentWriter::open(pool_, tasks_, spec_for(*first), first,
                             [this](const capture::Frame& frame) { confirmed(frame); });
}

Task<> Recorder::begin_segment(const FramePtr& frame, SegmentPlan::Cut why) {
  const std::size_t header_bytes = spec_for(*frame).header_bytes;
  auto opened = co_await open(frame);
  if (!opened) {
    fail(opened.error().detail);
    co_return;
  }
  writer_ = std::move(*opened);
  plan_.begin(*frame, header_bytes);
  segment_started_ = Steady::now();
  if (why == SegmentPlan::Cut::gap) ++status_.gaps;
  last_file_ = writer_->name();
  if (wanted_) status_.state = RecorderState::recording;
  status_.detail.clear();
  log::info(kComponent, "writing {}: {}", last_file_, describe(why));
  observer_.on_file(last_file_);
  changed_.notify();
}

void Recorder::end_segment() {
  plan_.end();
  if (!writer_) return;
  ++finishing_;
  const auto writer = std::exchange(writer_, nullptr);
  tasks_.spawn("finish " + writer->name(), finish(writer, finish_limit()));
}

// A segment is finished beside the recording of the next one, which does not wait for it.
Task<> Recorder::finish(std::shared_ptr<SegmentWriter> writer, Steady::duration grace) {
  const auto closed = co_await writer->close(grace);
  if (!closed.problem.empty()) {
    ++status_.restarts;
    log::error(kComponent, "{}: {}", writer->name(), closed.problem);
  }
  if (!closed.name.empty()) {
    ++status_.segments;
    log::info(kComponent, "{} is complete", closed.name);
  }
  if (!closed.leftovers.empty()) co_await rescue(closed.leftovers);
  --finishing_;
  changed_.notify();
}

// The frames at the end of a segment whose ffmpeg did not finish get a file of their own: what
// follows them is being written already.
Task<> Recorder::rescue(std::vector<FramePtr> frames) {
  for (int tried = 0; tried < kRescueTries && !frames.empty(); ++tried) {
    auto opened = co_await open(frames.front());
    if (!opened) {
      co_await sleep_for(kRescuePause);
      continue;
    }
    const auto writer = *opened;
    auto next = frames.begin();
    // In a statement of its own: g++ 12 builds the arguments of a co_await behind && even when the
    // left side is false, and so copies what lies behind the last frame.
    bool written = true;
    while (written && next != frames.end()) {
      const auto result = co_await writer->write(*next);
      written = result.has_value();
      ++next;  // a frame that could not be written is among the leftovers
    }
    auto closed = co_await writer->close(finish_limit());
    if (!closed.name.empty()) {
      ++status_.segments;
      log::warning(kComponent, "the last frames of the segment before are in {}", closed.name);
    }
    closed.leftovers.insert(closed.leftovers.end(), next, frames.end());
    frames = std::move(closed.leftovers);
  }
  for (const auto& frame : frames)
    queue_.release(*frame);
  status_.dropped_frames += frames.size();
}

// ffmpeg ended or hangs: what it did not bring to the file goes to the next one.
Task<> Recorder::replace_ffmpeg(const std::string& why) {
  log::warning(kComponent, "{}: {}; going on in a new file", writer_->name(), why);
  plan_.end();
  ++status_.restarts;
  if (wanted_) status_.state = RecorderState::failed;
  status_.detail = why;
  const auto writer = std::exchange(writer_, nullptr);
  const auto closed = co_await writer->close(Steady::duration::zero());
  if (!closed.name.empty()) {
    ++status_.segments;
    log::info(kComponent, "{} is complete", closed.name);
  } else if (!closed.problem.empty()) {
    log::error(kComponent, "{}", closed.problem);
  }
  queue_.put_back(closed.leftovers);
  changed_.notify();
  co_await pause(retry_.next_delay(Steady::now() - segment_started_));
}

// Before the next try. Frames gather in the queue meanwhile.
Task<> Recorder::pause(Steady::duration delay) {
  const SteadyTime until = Steady::now() + std::min<Steady::duration>(delay, kLongestRetry);
  while (Steady::now() < until && (wanted_ || Steady::now() < give_up_at_)) {
    co_await changed_.wait_until(until);
  }
}

void Recorder::fail(const std::string& why) {
  if (status_.detail != why) log::error(kComponent, "cannot record: {}", why);
  status_.detail = why;
  if (wanted_) status_.state = RecorderState::failed;
  changed_.notify();
}

void Recorder::confirmed(const capture::Frame& frame) {
  last_progress_ = Steady::now();
  queue_.release(frame);
  ++status_.frames;
  status_.bytes += frame.jpeg.size();
}

// The disk.

Task<> Recorder::watch_disk() {
  for (;;) {
    auto look = [folder = settings_.recordings_dir] { return disk_space(folder); };
    const auto space = co_await run_blocking(pool_, std::move(look));
    if (space) {
      disk_ = *space;
      const bool was_full = guard_.full();
      guard_.update(disk_, camera_.data_rate(Steady::now()));
      // While the disk is full only the newest frames are kept: they are what goes on when it is
      // not.
      queue_.limit_to(guard_.full() ? DiskGuard::kHysteresisBytes / 2 : 0);
      if (guard_.full() != was_full) {
        if (was_full) log::info(kComponent, "the disk has room again");
        changed_.notify();
      }
    }
    co_await sleep_for(kDiskInterval);
  }
}

Task<> Recorder::wait_for_disk() {
  end_segment();
  fail(disk_problem());
  while (guard_.full() && wanted_)
    co_await changed_.wait();
  if (!wanted_) {
    give_up_at_ = Steady::now();
    co_return;
  }
  const bool online = camera_.online(Steady::now());
  status_.state = online ? RecorderState::starting : RecorderState::waiting_for_camera;
  status_.detail = online ? "" : "no frames from the camera";
}

std::optional<double> Recorder::seconds_left() const {
  const double rate = camera_.data_rate(Steady::now());
  if (rate <= 0) return std::nullopt;
  const std::uint64_t usable = disk_.free > guard_.reserve() ? disk_.free - guard_.reserve() : 0;
  return static_cast<double>(usable) / rate;
}

std::string Recorder::disk_problem() const {
  if (guard_.full()) {
    return fmt::format("the disk is full: {} MB free; recording goes on by itself from {} MB on",
                       disk_.free / kMebibyte, guard_.resume_at() / kMebibyte + 1);
  }
  return writer_ ? writer_->problem() : std::string{};
}

// What is.

RecorderStatus Recorder::status() const {
  RecorderStatus status = status_;
  status.dropped_frames += queue_.dropped();
  status.buffered_frames = queue_.held_frames();
  return status;
}

Steady::duration Recorder::without_growth() const {
  if (writer_) return writer_->without_growth();
  // A disk may also hang when a file is to be made.
  const bool waits = wanted_ && queue_.held_frames() > 0;
  return waits ? Steady::now() - last_progress_ : Steady::duration::zero();
}

}  // namespace minidvr::recording
