// The recorder's dealings with the disk, all of them on the blocking pool.

#include "core/log.hpp"
#include "recording/recorder.hpp"

#include <random>
#include <utility>

#include <fmt/format.h>

namespace minidvr::recording {
namespace {

// Tells the files of one ffmpeg from those of all others, also of earlier runs.
std::string new_stem(WallTime first_frame) {
  std::random_device random;
  return fmt::format("{}-{:08x}", file_stamp(first_frame), random());
}

}  // namespace

// The pool works on copies: frames come meanwhile.

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
  if (action.number == 0) stem_ = new_stem(action.first->wall);
  JournalHeader header;
  header.media = media_name(stem_, action.number);
  header.reserve = action.reserve;
  header.width = static_cast<std::uint16_t>(action.first->width);
  header.height = static_cast<std::uint16_t>(action.first->height);
  header.frame_interval = static_cast<std::uint32_t>(action.frame_interval.count());
  header.wall = std::chrono::floor<microseconds>(action.first->wall.time_since_epoch()).count();
  using Made = Result<std::shared_ptr<SegmentFile>>;
  auto work = [this, header, wall = action.first->wall]() -> Made {
    auto folders = lock_.try_lock();
    if (!folders) return folders.error();
    return SegmentFile::create(settings_.recordings_dir, std::move(*folders), wall, header, names_);
  };
  auto made = co_await run_blocking(pool_, std::move(work));
  if (made) {
    // Of tries that follow one that came to nothing only what comes of them is news.
    log::print(told_why_not_.empty() ? log::Level::info : log::Level::debug, kComponent,
               "writing {}.mp4: {}", (*made)->name(), describe(action.why));
    segments_.push_back(*made);
    if (action.number == 0) ask_for_recovery();  // this may be another disk than before
    machine_.created((*made)->name(), Steady::now(), (*made)->largest_file());
  } else {
    tell_why_not(made.error());
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
  if (was_bad && machine_.disk_problem().empty()) ask_for_recovery();
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
      // What could not be moved may be, now.
      if (recovery_->left > 0) ask_for_recovery();
    } else if (closed.frames > 0) {
      ask_for_recovery();
    }
  }
  if (!closed.left_behind.empty()) ask_for_recovery();  // it tells, too, if it can not either
  machine_.closed(closed, Steady::now());
  advance();
}

Task<> Recorder::watch_disk() {
  for (;;) {
    struct Seen {
      Result<> looked;
      bool is_there;
      Result<DiskSpace> space;
    };
    auto look = [this] {
      std::error_code ec;
      const auto& folder = settings_.recordings_dir;
      return Seen{look_(), std::filesystem::is_directory(folder, ec), disk_space(folder)};
    };
    disk_asked_ = Steady::now();
    const Seen seen = co_await run_blocking(pool_, std::move(look));
    disk_asked_.reset();
    note_folder(seen.looked);
    if (seen.looked && seen.is_there) machine_.folder_is_there();
    if (!seen.space) disk_ = {};
    // How full the disk below the mount point is, is no news of ours.
    if (seen.space && folder_problem_.empty()) note_space(*seen.space);
    co_await sleep_for(kDiskInterval);
  }
}

// It is tried every few seconds, for as long as that takes.
void Recorder::tell_why_not(const Error& why) {
  if (why.reason == Reason::wrong_folder) return;  // note_folder() tells
  if (std::exchange(told_why_not_, why.detail) == why.detail) return;
  log::error(kComponent, "cannot record: {}", why.detail);
}

void Recorder::tell_not_recovered(const Error& why, std::set<std::string>& told) {
  if (why.reason == Reason::wrong_folder || why.detail == told_why_not_) return;
  if (!told.insert(why.detail).second) return;
  log::error(kComponent, "what may have been left in .partial is not completed: {}", why.detail);
}

// That it is the wrong folder is told here, whoever else finds it out, and that it can not be
// opened, too: where nothing is recorded nobody else does.
void Recorder::note_folder(const Result<>& looked) {
  const bool is_wrong = !looked && looked.error().reason == Reason::wrong_folder;
  const std::string failure = looked || is_wrong ? std::string{} : looked.error().detail;
  const bool has_failed = !folder_failure_.empty();
  const bool fails_anew = std::exchange(folder_failure_, failure) != failure;
  if (!failure.empty()) {
    // Which folder it is can not be seen: what was known of that stays.
    if (fails_anew) log::error(kComponent, "{}", failure);
    return;
  }
  const std::string problem = is_wrong ? looked.error().detail : std::string{};
  const bool is_news = std::exchange(folder_problem_, problem) != problem;
  if (is_wrong) {
    if (is_news) log::error(kComponent, "{}", problem);
    return;
  }
  if (!is_news && !has_failed) return;
  log::info(kComponent, "the recordings folder is there");
  machine_.disk_is_there(Steady::now());
  ask_for_recovery();
  advance();
}

void Recorder::note_space(const DiskSpace& space) {
  disk_ = space;
  const bool was_full = guard_.full();
  guard_.update(disk_, camera_.data_rate(Steady::now()));
  if (was_full && !guard_.full()) log::info(kComponent, "the disk has room again");
  if (!was_full && guard_.full()) log::error(kComponent, "{}", guard_.problem());
  machine_.disk_full(guard_.problem(), Steady::now());
  advance();
}

std::optional<double> Recorder::seconds_left() const {
  const double rate = camera_.data_rate(Steady::now());
  if (rate <= 0 || !disk_.is_known()) return std::nullopt;
  const std::uint64_t usable = disk_.free > guard_.reserve() ? disk_.free - guard_.reserve() : 0;
  return static_cast<double>(usable) / rate;
}

std::string Recorder::disk_problem() const {
  if (disk_asked_ && Steady::now() - *disk_asked_ > kAnswerLimit) {
    return fmt::format("the disk of {} has not answered for {:.0f} s; it is waited for",
                       settings_.recordings_dir.string(), to_seconds(Steady::now() - *disk_asked_));
  }
  if (!folder_failure_.empty()) return folder_failure_;
  if (!folder_problem_.empty()) return folder_problem_;
  if (guard_.full()) return guard_.problem();
  const std::string problem = machine_.disk_problem();
  return problem.empty() ? recovery_->unmovable(partial_dir(settings_.recordings_dir)) : problem;
}

void Recorder::ask_for_recovery() {
  is_recovery_due_ = true;
  recovery_due_.notify();
}

Task<> Recorder::recover_leftovers() {
  auto told = std::make_shared<std::set<std::string>>();
  // What is wanted comes first: until its file has begun, the disk is the recorder's.
  if (machine_.wanted()) co_await recovery_due_.wait_until(Steady::now() + kRecordingFirst);
  for (;;) {
    auto work = [this, told, progress = recovery_]() -> Result<std::size_t> {
      // What another mini-dvr writes there is no leftover; without a folder there is none.
      const auto folders = lock_.try_lock();
      if (!folders) return folders.error();
      return recover(*folders, names_, *progress, *told);
    };
    const std::size_t published = recovery_->published;
    is_recovery_due_ = false;
    const auto failed = co_await run_blocking(pool_, std::move(work));
    if (!failed) tell_not_recovered(failed.error(), *told);
    if (const auto more = recovery_->published - published; more > 0) {
      log::info(kComponent, "completed {} segments of an earlier run", more);
    }
    if (is_recovery_due_) continue;  // what was in use may be a leftover since it was looked
    if (!failed || *failed > 0) {
      co_await recovery_due_.wait_until(Steady::now() + kRecoveryInterval);
    } else {
      co_await recovery_due_.wait();
    }
  }
}

}  // namespace minidvr::recording
