#include "unit/recording/simulation.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::test {
using namespace minidvr::recording;
namespace {

constexpr std::size_t kBufferBytes = 120 * 1000;  // about 120 frames, four seconds
constexpr std::size_t kPipeFrames = 10;
constexpr auto kSchedule = 20s;
constexpr auto kPatience = 60s;  // within which all must be over once the trouble is

SegmentPlan plan_for(std::mt19937_64& random) {
  const auto length = std::uniform_int_distribution<int>(1, 6)(random);
  return SegmentPlan(seconds(length), std::bernoulli_distribution(0.5)(random));
}

}  // namespace

Simulation::Simulation(std::uint64_t seed)
    : random_(seed),
      wall_offset_(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)),
      machine_(kBufferBytes, plan_for(random_), [this] {
        return RecorderMachine::Rate{chance(0.1) ? 1e6 : 30.0, microseconds(33'333)};
      }) {}

microseconds Simulation::between(microseconds low, microseconds high) {
  return microseconds(
      std::uniform_int_distribution<std::int64_t>(low.count(), high.count())(random_));
}

void Simulation::at(SteadyTime time, Event event) {
  events_.push({time, ++order_, std::move(event)});
}

void Simulation::fail(const std::string& what) {
  note("VIOLATION " + what);
  violations_.push_back(what);
}

void Simulation::note(const std::string& what) {
  if (telling_)
    story_.push_back(fmt::format("{:9.4f} {}", to_seconds(now_.time_since_epoch()) - 3600, what));
}

const std::vector<std::string>& Simulation::run() {
  plan_trouble();
  next_frame();
  const SteadyTime calm = now_ + kSchedule;
  at(calm, [this] {
    trouble_ = false;
    disk_trouble_ = 0;
    disk_full_ = false;
    machine_.disk_full("", now_);
    ffmpeg_.hangs = ffmpeg_.hangs_for_good;
    note("the trouble ends");
    machine_.unwant(now_);
    ffmpeg_works();
  });
  SteadyTime last = now_;
  while (violations_.empty()) {
    step();
    check_state();
    if (!trouble_ && machine_.idle()) break;
    if (now_ > calm + kPatience) {
      fail("it is not idle long after the trouble ended");
      break;
    }
    const SteadyTime wake = machine_.wake_at();
    if (wake <= now_) fail("it wants to be woken now, and has nothing to do");
    const SteadyTime next = events_.empty() ? SteadyTime::max() : events_.top().time;
    now_ = std::max(now_, std::min(wake, next));
    if (now_ == SteadyTime::max()) {
      fail("it waits for ever");
      break;
    }
    if (next <= now_) {
      auto event = events_.top().event;
      events_.pop();
      event();
    }
    if (now_ < last) fail("time runs backwards");
    last = now_;
  }
  if (violations_.empty()) check_end();
  return violations_;
}

// What goes wrong, and when. Some schedules see much of it, some nothing at all.
void Simulation::plan_trouble() {
  const auto sometime = [this] { return now_ + between(0us, kSchedule); };
  const auto times = [this](int most) {
    return std::uniform_int_distribution<int>(0, most)(random_);
  };
  if (chance(0.9)) at(now_ + between(0us, 1s), [this] { machine_.want(now_, !told_lost_); });
  for (int i = times(chance(0.2) ? 30 : 3); i > 0; --i) {
    at(sometime(), [this] { machine_.unwant(now_); });
    at(sometime(), [this] { machine_.want(now_, !told_lost_); });
  }
  for (int i = times(3); i > 0; --i) {
    at(sometime(), [this] {
      if (ffmpeg_.alive) ffmpeg_ends("ffmpeg was killed by signal 9 (Killed)");
    });
  }
  for (int i = times(2); i > 0; --i) {
    const auto begin = sometime();
    at(begin, [this] {
      ffmpeg_.hangs = true;
      ffmpeg_.hangs_for_good = chance(0.3);
    });
    at(begin + between(100ms, 15s), [this] {
      ffmpeg_.hangs = ffmpeg_.hangs_for_good;
      ffmpeg_works();
    });
  }
  for (int i = times(2); i > 0; --i) {
    const auto begin = sometime();
    at(begin, [this] { camera_on_ = false; });
    at(begin + 2s, [this] {
      if (camera_on_ || told_lost_) return;
      told_lost_ = true;
      note("the camera is lost");
      machine_.on_lost("no frame");
    });
    at(begin + between(50ms, 6s), [this] {
      camera_on_ = true;
      if (chance(0.3)) width_ = 1920 + 640 - width_ % 1000;
    });
  }
  for (int i = times(2); i > 0; --i) {
    const auto begin = sometime();
    at(begin, [this] {
      disk_full_ = true;
      machine_.disk_full("the disk is full", now_);
    });
    at(begin + between(100ms, 8s), [this] {
      disk_full_ = false;
      machine_.disk_full("", now_);
    });
  }
  for (int i = times(2); i > 0; --i) {
    const auto begin = sometime();
    const double probability = chance(0.5) ? 1.0 : 0.3;
    at(begin, [this, probability] { disk_trouble_ = probability; });
    at(begin + between(100ms, 8s), [this] { disk_trouble_ = 0; });
  }
  for (int i = times(2); i > 0; --i)
    at(sometime(), [this] { wall_offset_ += between(-2h, 2h); });
  for (int i = times(1); i > 0; --i)
    at(sometime(), [this] { ffmpeg_.fails_trailer = true; });
  if (chance(0.1)) {
    at(sometime(), [this] {
      note("this program stands still");
      now_ += between(1s, 15s);
    });
  }
  if (chance(0.02)) at(sometime(), [this] { machine_.hurry(); });
}

void Simulation::next_frame() {
  after(between(20ms, 46ms), [this] {
    if (camera_on_) {
      auto frame = std::make_shared<capture::Frame>();
      const std::size_t bytes = chance(0.002) ? 2 * kBufferBytes : 800 + random_() % 400;
      frame->jpeg.resize(bytes, boost::container::default_init);
      frame->captured = std::max(now_ - between(0us, 3ms), last_captured_ + microseconds(1));
      last_captured_ = frame->captured;
      frame->wall = wall_offset_ + (now_.time_since_epoch());
      frame->width = width_;
      frame->height = 720;
      numbers_[frame.get()] = ++frame_;
      alive_.push_back(frame);
      told_lost_ = false;
      if (machine_.wanted()) expected_.push_back(frame_);
      machine_.on_frame(frame, now_);
    }
    next_frame();
  });
}

void Simulation::step() {
  int actions = 0;
  while (const auto action = machine_.next(now_)) {
    perform(*action);
    if (++actions > 10'000) {
      fail("it never comes to rest");
      return;
    }
  }
}

microseconds Simulation::disk_time() {
  return trouble_ && chance(0.02) ? between(100ms, 4s) : between(100us, 20ms);
}

void Simulation::perform(const Action& action) {
  if (const auto* what = std::get_if<CreateSegment>(&action)) create(*what);
  if (const auto* what = std::get_if<Follow>(&action)) follow(*what);
  if (const auto* what = std::get_if<CloseSegment>(&action)) close(*what);
  if (std::holds_alternative<StartMuxer>(action)) start_ffmpeg();
  if (const auto* what = std::get_if<Give>(&action)) give(*what);
  if (std::holds_alternative<CloseInput>(action)) {
    note("input closed");
    ffmpeg_.input_closed = true;
    ffmpeg_works();
  }
  if (const auto* what = std::get_if<KillMuxer>(&action)) {
    note("kill: " + what->why);
    after(between(1ms, 50ms), [this, generation = ffmpeg_.generation] {
      if (ffmpeg_.alive && ffmpeg_.generation == generation) ffmpeg_ends("ffmpeg was killed");
    });
  }
  if (const auto* what = std::get_if<TellFile>(&action)) note("file " + what->file);
  if (std::holds_alternative<TellIdle>(action)) {
    note("idle");
    ++idles_;
  }
  if (const auto* what = std::get_if<TellDropped>(&action)) {
    note(fmt::format("dropped {}", what->frames));
  }
}

// The disk.

void Simulation::create(const CreateSegment& action) {
  const bool fails = chance(disk_trouble_);
  after(disk_time(), [this, fails, number = action.number] {
    if (fails) {
      note("create fails");
      machine_.created(make_error(Errc::unavailable, "cannot make it"), now_);
      return;
    }
    SimulatedSegment segment;
    segment.name = fmt::format("segment{:05}", ++names_);
    segment.number = number;
    segments_.push_back(segment);
    note(fmt::format("created {} for file {}", segment.name, number));
    machine_.created(segment.name, now_);
  });
}

void Simulation::follow(const Follow& action) {
  const bool fails = chance(disk_trouble_ / 2);
  const std::size_t waiting = action.waiting.size();
  after(disk_time(), [this, fails, waiting, sync = action.sync] {
    auto& segment = segments_.front();
    SegmentFile::Progress progress;
    progress.written = std::min(segment.in_file - segment.noted, waiting);
    segment.noted += progress.written;
    if (fails) {
      progress.failure = "cannot sync";
      segment.sync_failed = true;
    } else if (sync) {
      progress.synced = true;
      segment.synced = segment.noted;
    }
    note(fmt::format("followed {}: {} more, {}", segment.name, progress.written,
                     fails  ? "failed"
                     : sync ? "synced"
                            : "written"));
    machine_.followed(progress, now_);
  });
}

void Simulation::close(const CloseSegment& action) {
  const bool fails = chance(disk_trouble_ / 2);
  const bool cannot_publish = chance(disk_trouble_ / 2);
  after(disk_time(), [this, action, fails, cannot_publish] {
    using Ending = SegmentFile::Ending;
    auto segment = segments_.front();
    SegmentFile::Closed closed;
    if (action.ending == Ending::trailer) {
      const bool whole = segment.trailer_is_good && segment.in_file == action.samples;
      if (!whole) {
        closed.not_whole = true;
        closed.problem = "not whole";
        note("not whole " + segment.name);
        machine_.closed(closed, now_);
        return;
      }
      closed.frames = fails ? segment.synced : segment.in_file;
    } else if (action.ending == Ending::no_trailer) {
      if (!fails) {
        segment.noted += std::min(segment.in_file - segment.noted, action.waiting.size());
      }
      closed.frames = fails ? segment.synced : segment.noted;
    } else if (action.ending == Ending::synced_only) {
      closed.frames = segment.synced;
    }
    if (fails) closed.problem = "a sync failed";
    if (segment.sync_failed && closed.frames > segment.synced) {
      fail("frames are relied on that a failed sync may have lost");
    }
    auto frames = segment.frames;
    frames.resize(closed.frames);
    if (closed.frames > 0) {
      auto& place = cannot_publish ? kept_ : published_;
      place[segment.name] = frames;
      if (cannot_publish) {
        closed.problem = "cannot publish";
      } else {
        closed.file = segment.name + ".mp4";
      }
    }
    note(fmt::format("closed {}: {} of {} frames", segment.name, closed.frames, action.samples));
    segments_.pop_front();
    machine_.closed(closed, now_);
  });
}

// ffmpeg.

void Simulation::start_ffmpeg() {
  if (trouble_ && chance(0.05)) {
    note("ffmpeg does not start");
    machine_.muxer_not_started("there is no ffmpeg");
    return;
  }
  const auto generation = ffmpeg_.generation;
  const bool fails_trailer = ffmpeg_.fails_trailer;
  const bool hangs = ffmpeg_.hangs && chance(0.5);
  ffmpeg_ = {};
  ffmpeg_.generation = generation + 1;
  ffmpeg_.fails_trailer = fails_trailer;
  ffmpeg_.hangs = hangs;
  ffmpeg_.alive = true;
  note("ffmpeg starts");
  machine_.muxer_started(now_);
}

void Simulation::give(const Give& action) {
  if (!ffmpeg_.alive) return;  // its end is on its way
  const auto frame = std::pair(numbers_.at(action.frame.get()), action.time);
  if (ffmpeg_.pushing) fail("two frames are given at once");
  if (ffmpeg_.input_closed) fail("a frame is given after the input was closed");
  if (ffmpeg_.pipe.size() >= kPipeFrames) {
    ffmpeg_.pushing = frame;
  } else {
    ffmpeg_.pipe.push_back(frame);
    machine_.frame_taken(now_);
  }
  ffmpeg_works();
}

void Simulation::ffmpeg_works() {
  if (!ffmpeg_.alive || ffmpeg_.hangs || ffmpeg_.busy) return;
  if (ffmpeg_.pipe.empty() && !ffmpeg_.input_closed) return;
  ffmpeg_.busy = true;
  const auto time = trouble_ && chance(0.003) ? between(500ms, 5s) : between(100us, 3ms);
  after(time, [this, generation = ffmpeg_.generation] {
    if (!ffmpeg_.alive || ffmpeg_.generation != generation) return;
    ffmpeg_.busy = false;
    if (ffmpeg_.hangs) return;
    if (!ffmpeg_.pipe.empty()) {
      const auto frame = ffmpeg_.pipe.front();
      ffmpeg_.pipe.pop_front();
      // It keeps one back until the next one comes.
      const auto write = std::exchange(ffmpeg_.held_back, frame);
      if (write) ffmpeg_writes(*write);
      if (ffmpeg_.alive && ffmpeg_.pushing) {
        ffmpeg_.pipe.push_back(*std::exchange(ffmpeg_.pushing, std::nullopt));
        machine_.frame_taken(now_);
      }
    } else if (ffmpeg_.input_closed) {
      if (ffmpeg_.held_back) ffmpeg_writes(*std::exchange(ffmpeg_.held_back, std::nullopt));
      if (ffmpeg_.alive) finish_file();
      if (ffmpeg_.alive) ffmpeg_ends("");
      return;
    }
    ffmpeg_works();
  });
}

void Simulation::ffmpeg_writes(std::pair<std::uint64_t, microseconds> frame) {
  const auto file = static_cast<std::size_t>(frame.second / RecorderMachine::kPeriod);
  if (file != ffmpeg_.current) {
    if (file != ffmpeg_.current + 1) fail("ffmpeg is made to skip a file");
    finish_file();
    if (!ffmpeg_.alive) return;
    ++ffmpeg_.current;
  }
  const auto segment = std::find_if(segments_.begin(), segments_.end(),
                                    [&](const auto& s) { return s.number == ffmpeg_.current; });
  if (segment == segments_.end()) {
    fail("ffmpeg writes to a segment that is not there");
    return;
  }
  if (segment->trailer) fail("ffmpeg writes behind a trailer");
  segment->frames.push_back(frame.first);
  ++segment->in_file;
}

void Simulation::finish_file() {
  const auto segment = std::find_if(segments_.begin(), segments_.end(),
                                    [&](const auto& s) { return s.number == ffmpeg_.current; });
  const bool good = !std::exchange(ffmpeg_.fails_trailer, false);
  if (segment != segments_.end()) {
    segment->trailer = true;
    segment->trailer_is_good = good;
  }
  note(fmt::format("trailer of file {}, {}", ffmpeg_.current, good ? "good" : "bad"));
  machine_.file_listed();
  if (!good) ffmpeg_ends("ffmpeg ended with status 1");
}

void Simulation::ffmpeg_ends(const std::string& problem) {
  note("ffmpeg ends: " + problem);
  ffmpeg_.alive = false;
  ++ffmpeg_.generation;
  ffmpeg_.hangs = false;
  // What it said before it ended is heard first, which takes its time.
  after(between(0us, 5ms), [this, problem] { machine_.muxer_ended(problem, now_); });
}

// What must be true.

void Simulation::check_state() {
  const auto status = machine_.status(now_);
  const bool idle = status.state == RecorderState::idle;
  if (idle != machine_.idle()) fail("the state told is not the state");
  if (idle && machine_.wanted()) fail("it is idle although recording is wanted");
  if (idle && status.buffered_frames > 0) fail("it is idle and holds frames");
  if (status.state == RecorderState::recording && machine_.current_file().empty()) {
    fail("it records to no file");
  }
  if (!machine_.wanted() && !machine_.current_file().empty()) {
    fail("a current file is told although recording is off");
  }
  if (machine_.wanted() && disk_full_ && status.state != RecorderState::failed) {
    fail("a full disk is not told");
  }
}

void Simulation::check_end() {
  std::map<std::uint64_t, int> found;
  for (const auto* place : {&published_, &kept_}) {
    for (const auto& [name, frames] : *place) {
      for (std::size_t i = 0; i < frames.size(); ++i) {
        ++found[frames[i]];
        if (i > 0 && frames[i] <= frames[i - 1]) fail(name + " is not in order");
      }
    }
  }
  // Files follow each other in time, too.
  std::map<std::string, std::vector<std::uint64_t>> all = published_;
  all.insert(kept_.begin(), kept_.end());
  std::uint64_t last = 0;
  for (const auto& [name, frames] : all) {
    if (frames.front() <= last) fail(name + " begins before the one before ends");
    last = frames.back();
  }
  std::size_t missing = 0;
  for (const auto number : expected_) {
    const auto count = found[number];
    if (count == 0) ++missing;
    if (count > 1) fail(fmt::format("frame {} is there {} times", number, count));
  }
  std::size_t kept = 0;
  for (const auto& [number, count] : found)
    kept += count > 0 ? 1 : 0;
  if (kept + missing != expected_.size()) fail("there are frames that were not wanted");
  if (missing != machine_.dropped()) {
    fail(fmt::format("{} frames are missing, {} are counted as dropped", missing,
                     machine_.dropped()));
  }
  if (!segments_.empty()) fail("it is idle and a segment is open");
  if (ffmpeg_.alive) fail("it is idle and ffmpeg runs");
}

}  // namespace minidvr::test
