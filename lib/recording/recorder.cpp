#include "recording/recorder.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace minidvr::recording {

Recorder::Recorder(net::any_io_executor executor, BlockingPool& pool, TaskGroup& tasks,
                   const Settings& settings, FolderLock& lock, const capture::CameraMonitor& camera,
                   Observer observer, std::function<Result<>()> look)
    : executor_(std::move(executor)),
      pool_(pool),
      tasks_(tasks),
      settings_(settings),
      lock_(lock),
      camera_(camera),
      observer_(std::move(observer)),
      look_(look ? std::move(look) : [] { return Result<>(); }),
      changed_(executor_),
      machine_(
          frame_buffer_bytes(settings.frame_buffer_mb),
          SegmentPlan(settings.segment_seconds, settings.segment_align),
          [this] { return expected_rate(camera_, settings_.fps, Steady::now()); },
          settings.preroll_seconds),
      recovery_due_(executor_) {}

RecorderMachine::Rate expected_rate(const capture::CameraMonitor& camera, unsigned fps,
                                    SteadyTime now) {
  const double rate = std::max(camera.fps(now), static_cast<double>(fps));
  const Steady::duration asked = Steady::duration(seconds(1)) / fps;
  const auto interval = std::chrono::floor<microseconds>(camera.interval().value_or(asked));
  return {rate, std::max(interval, microseconds(1))};
}

// Carries out all that is to be done now.
void Recorder::advance() {
  if (!runs_) return;      // the folder may be another's
  if (advancing_) return;  // an action has told the machine something: the loop below goes on
  advancing_ = true;
  while (const auto action = machine_.next(Steady::now()))
    std::visit([this](const auto& what) { perform(what); }, *action);
  advancing_ = false;
  if (machine_.wake_at() < armed_) changed_.notify();
}

Task<> Recorder::run() {
  runs_ = true;
  if (const auto parts = describe_parts(settings_.segment_seconds); !parts.empty()) {
    log::info(kComponent, "{}", parts);
  }
  for (;;) {
    advance();
    armed_ = machine_.wake_at();
    co_await changed_.wait_until(armed_);
  }
}

// What is wanted, and the camera's side.

void Recorder::want() {
  if (machine_.wanted()) return;
  const auto before = machine_.want(Steady::now(), camera_.online(Steady::now()));
  switch_log_.print(log::Level::info, kComponent, "recording is switched on{}",
                    before > 0 ? fmt::format(", with {} frames from before", before) : "");
  changed_.notify();
}

void Recorder::unwant() {
  if (!machine_.wanted()) return;
  switch_log_.print(log::Level::info, kComponent, "recording is switched off");
  machine_.unwant(Steady::now());
  changed_.notify();
}

void Recorder::hurry() {
  machine_.hurry(Steady::now());
  recovery_->stop = true;
  advance();
}

void Recorder::end_here() {
  if (machine_.has_open_file()) {
    log::error(kComponent, "the last segment is not finished in time; the next start completes it");
  }
  machine_.end_here(Steady::now());
  runs_ = true;  // nothing is begun any more: what is left is to tell
  advance();
}

Task<bool> Recorder::wait_until_idle(SteadyTime deadline) {
  while (!machine_.idle() && !machine_.wanted() && Steady::now() < deadline) {
    co_await changed_.wait_until(deadline);
  }
  co_return machine_.idle();
}

void Recorder::on_frame(FramePtr frame) {
  machine_.on_frame(std::move(frame), Steady::now());
  advance();
}

void Recorder::on_lost(const std::string& why) {
  machine_.on_lost(why);
  advance();
}

// With ffmpeg.

Muxer::Events Recorder::muxer_events() {
  return {[this] { machine_.muxer_takes(Steady::now()); },
          [this] {
            machine_.frame_taken(Steady::now());
            advance();
          },
          [this] {
            machine_.file_listed();
            advance();
          },
          [this](const std::string& problem) {
            muxer_.reset();
            tell_end(problem);
            machine_.muxer_ended(problem, Steady::now());
            advance();
          }};
}

void Recorder::perform(const StartMuxer& action) {
  MuxerSpec spec;
  spec.ffmpeg_bin = settings_.ffmpeg_bin;
  spec.folder = segments_.back()->folder();
  spec.stem = stem_;
  spec.period = RecorderMachine::kPeriod;
  spec.reserve = action.reserve;
  spec.frame_interval = action.frame_interval;
  spec.width = action.width;
  spec.height = action.height;
  auto started = Muxer::start(executor_, tasks_, spec, muxer_events());
  if (!started) {
    tell_why_not(started.error());
    machine_.muxer_not_started(started.error().detail);
    return;
  }
  muxer_ = std::move(*started);
  told_end_ = false;
  log::debug(kComponent, "ffmpeg started, pid {}", muxer_->pid());
  machine_.muxer_started(Steady::now());
}

// Of an ffmpeg that nobody here has ended.
void Recorder::tell_end(const std::string& problem) {
  if (problem.empty() || told_end_) return;
  if (std::exchange(told_why_not_, problem) == problem) return;
  log::warning(kComponent, "{}; what it has not written goes on in another file", problem);
}

void Recorder::perform(const Give& action) {
  muxer_->give(*action.frame, action.time);
}

void Recorder::perform(const CloseInput&) {
  muxer_->close_input();
}

void Recorder::perform(const KillMuxer& action) {
  log::warning(kComponent, "{}; going on with another ffmpeg", action.why);
  told_end_ = true;
  muxer_->kill();
}

// For people.

void Recorder::perform(const TellFile& action) {
  if (!std::exchange(told_why_not_, {}).empty()) {
    log::info(kComponent, "recording works again: {}", action.file);
  }
  observer_.on_file(action.file);
}

void Recorder::perform(const TellIdle& action) {
  const auto now = status();
  told_why_not_.clear();  // whoever starts another one is told anew
  log::info(kComponent, "recording is off: {} frames in {} files, {} dropped, {} gaps", now.frames,
            now.segments, now.dropped_frames, now.gaps);
  observer_.on_idle(action.last_file);
  changed_.notify();
}

void Recorder::perform(const TellDropped& action) {
  log::error(kComponent, "{} frames were dropped: {}", action.frames,
             action.why.empty() ? "the disk did not take them in time" : action.why);
}

void Recorder::perform(const TellRefused& action) {
  const auto& frame = *action.frame;
  refused_log_.print(log::Level::error, kComponent,
                     "a frame of {}x{}, {} bytes, was dropped: ffmpeg takes others: {}",
                     frame.width, frame.height, frame.jpeg.size(), action.why);
}

RecorderStatus Recorder::status() const {
  RecorderStatus status = machine_.status(Steady::now());
  status.recovering = recovery_->left;
  return status;
}

}  // namespace minidvr::recording
