#include "recording/recorder.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

namespace minidvr::recording {
namespace {

constexpr const char* kComponent = "recorder";
constexpr std::size_t kMebibyte = 1 << 20;

// Tells the files of one ffmpeg from those of all others, also of earlier runs.
std::string new_stem(WallTime first_frame) {
  std::random_device random;
  return fmt::format("{}-{:08x}", file_stamp(first_frame), random());
}

}  // namespace

Recorder::Recorder(net::any_io_executor executor, BlockingPool& pool, TaskGroup& tasks,
                   const Settings& settings, const capture::CameraMonitor& camera,
                   Observer observer)
    : executor_(std::move(executor)),
      pool_(pool),
      tasks_(tasks),
      settings_(settings),
      camera_(camera),
      observer_(std::move(observer)),
      changed_(executor_),
      machine_(settings.frame_buffer_mb * kMebibyte,
               SegmentPlan(settings.segment_seconds, settings.segment_align),
               [this] { return rate(); }),
      recovery_due_(executor_) {}

// The machine's rate: no slower than what was asked of the camera, which may just be dark.
RecorderMachine::Rate Recorder::rate() const {
  const double fps = std::max(camera_.fps(Steady::now()), static_cast<double>(settings_.fps));
  const auto interval = camera_.interval().value_or(std::chrono::seconds(1) / settings_.fps);
  return {fps, std::max(std::chrono::floor<microseconds>(interval), microseconds(1))};
}

// Carries out all that is to be done now.
void Recorder::advance() {
  if (advancing_) return;  // an action has told the machine something: the loop below goes on
  advancing_ = true;
  while (const auto action = machine_.next(Steady::now()))
    std::visit([this](const auto& what) { perform(what); }, *action);
  advancing_ = false;
  if (machine_.wake_at() < armed_) changed_.notify();
}

Task<> Recorder::run() {
  for (;;) {
    advance();
    armed_ = machine_.wake_at();
    co_await changed_.wait_until(armed_);
  }
}

// What is wanted, and the camera's side.

void Recorder::want() {
  if (machine_.wanted()) return;
  log::info(kComponent, "recording is switched on");
  machine_.want(Steady::now(), camera_.online(Steady::now()));
  advance();
}

void Recorder::unwant() {
  if (!machine_.wanted()) return;
  log::info(kComponent, "recording is switched off");
  machine_.unwant(Steady::now());
  advance();
}

void Recorder::hurry() {
  machine_.hurry();
  recovery_->stop = true;
  advance();
}

Task<> Recorder::wait_for_file(SteadyTime deadline) {
  while (machine_.wanted() && current_file().empty() && Steady::now() < deadline)
    co_await changed_.wait_until(deadline);
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

// On the disk. The pool works on copies: frames come meanwhile.

void Recorder::perform(const CreateSegment& action) {
  tasks_.spawn("create segment", create(action));
}
void Recorder::perform(const Follow& action) {
  tasks_.spawn("follow segment", follow(action));
}
void Recorder::perform(const CloseSegment& action) {
  tasks_.spawn("close segment", close(action));
}

Task<> Recorder::create(CreateSegment action) {
  if (action.number == 0) {
    stem_ = new_stem(action.first->wall);
    recovery_due_.notify();  // this may be another disk than before
  }
  JournalHeader header;
  header.media = media_name(stem_, action.number);
  header.reserve = action.reserve;
  header.width = static_cast<std::uint16_t>(action.first->width);
  header.height = static_cast<std::uint16_t>(action.first->height);
  header.frame_interval = static_cast<std::uint32_t>(action.frame_interval.count());
  header.wall = std::chrono::floor<microseconds>(action.first->wall.time_since_epoch()).count();
  auto work = [this, header, wall = action.first->wall] {
    return SegmentFile::create(settings_.recordings_dir, wall, header, names_);
  };
  auto made = co_await run_blocking(pool_, std::move(work));
  if (made) {
    log::info(kComponent, "writing {}.mp4: {}", (*made)->name(), describe(action.why));
    segments_.push_back(*made);
    machine_.created((*made)->name(), Steady::now());
  } else {
    log::error(kComponent, "cannot record: {}", made.error().detail);
    machine_.created(made.error(), Steady::now());
  }
  advance();
}

Task<> Recorder::follow(Follow action) {
  auto work = [segment = segments_.front(), action = std::move(action)] {
    return segment->follow(action.waiting, action.sync);
  };
  const SegmentFile::Progress progress = co_await run_blocking(pool_, std::move(work));
  const bool was_bad = !machine_.disk_problem().empty();
  machine_.followed(progress, Steady::now());
  // The disk works again: what could not be closed meanwhile can be now.
  if (was_bad && machine_.disk_problem().empty()) recovery_due_.notify();
  advance();
}

Task<> Recorder::close(CloseSegment action) {
  const auto segment = std::move(segments_.front());
  auto work = [segment, action = std::move(action)] {
    return segment->close(action.ending, {action.waiting, action.samples, action.bytes});
  };
  const SegmentFile::Closed closed = co_await run_blocking(pool_, std::move(work));
  if (!closed.problem.empty()) {
    log::error(kComponent, "{}.mp4: {}", segment->name(), closed.problem);
  }
  if (closed.not_whole) {
    segments_.front() = segment;
  } else {
    segments_.pop_front();
    if (!closed.file.empty()) {
      log::info(kComponent, "{} is complete: {} frames", closed.file, closed.frames);
    } else if (closed.frames > 0) {
      recovery_due_.notify();
    }
  }
  machine_.closed(closed, Steady::now());
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
            machine_.muxer_ended(problem, Steady::now());
            advance();
          }};
}

void Recorder::perform(const StartMuxer& action) {
  MuxerSpec spec;
  spec.ffmpeg_bin = settings_.ffmpeg_bin;
  spec.folder = partial_dir(settings_.recordings_dir);
  spec.stem = stem_;
  spec.period = RecorderMachine::kPeriod;
  spec.reserve = action.reserve;
  spec.frame_interval = action.frame_interval;
  spec.width = action.width;
  spec.height = action.height;
  auto started = Muxer::start(executor_, tasks_, spec, muxer_events());
  if (!started) {
    log::error(kComponent, "cannot record: {}", started.error().detail);
    machine_.muxer_not_started(started.error().detail);
    return;
  }
  muxer_ = std::move(*started);
  log::debug(kComponent, "ffmpeg started, pid {}", muxer_->pid());
  machine_.muxer_started(Steady::now());
}

void Recorder::perform(const Give& action) {
  muxer_->give(*action.frame, action.time);
}

void Recorder::perform(const CloseInput&) {
  muxer_->close_input();
}

void Recorder::perform(const KillMuxer& action) {
  log::warning(kComponent, "{}; going on with another ffmpeg", action.why);
  muxer_->kill();
}

// For people.

void Recorder::perform(const TellFile& action) {
  observer_.on_file(action.file);
  changed_.notify();
}

void Recorder::perform(const TellIdle& action) {
  const auto now = status();
  log::info(kComponent, "recording is off: {} frames in {} files, {} dropped, {} gaps", now.frames,
            now.segments, now.dropped_frames, now.gaps);
  observer_.on_idle(action.last_file);
  changed_.notify();
}

void Recorder::perform(const TellDropped& action) {
  log::error(kComponent, "{} frames were dropped: the disk did not take them in time",
             action.frames);
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
      if (was_full && !guard_.full()) log::info(kComponent, "the disk has room again");
      if (!was_full && guard_.full()) log::error(kComponent, "{}", guard_.problem());
      machine_.disk_full(guard_.problem(), Steady::now());
      advance();
    }
    co_await sleep_for(kDiskInterval);
  }
}

std::optional<double> Recorder::seconds_left() const {
  const double rate = camera_.data_rate(Steady::now());
  if (rate <= 0) return std::nullopt;
  const std::uint64_t usable = disk_.free > guard_.reserve() ? disk_.free - guard_.reserve() : 0;
  return static_cast<double>(usable) / rate;
}

std::string Recorder::disk_problem() const {
  return guard_.full() ? guard_.problem() : machine_.disk_problem();
}

Task<> Recorder::recover_leftovers() {
  auto told = std::make_shared<std::set<std::string>>();
  for (;;) {
    auto work = [this, told, progress = recovery_] {
      return recover(settings_.recordings_dir, names_, *progress, *told);
    };
    const std::size_t published = recovery_->published;
    const std::size_t failed = co_await run_blocking(pool_, std::move(work));
    if (const auto more = recovery_->published - published; more > 0) {
      log::info(kComponent, "completed {} segments of an earlier run", more);
    }
    if (failed > 0) {
      co_await recovery_due_.wait_until(Steady::now() + kRecoveryInterval);
    } else {
      co_await recovery_due_.wait();
    }
  }
}

RecorderStatus Recorder::status() const {
  RecorderStatus status = machine_.status(Steady::now());
  status.recovering = recovery_->left;
  return status;
}

}  // namespace minidvr::recording
