#include "unit/recording/simulation.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::test {
using namespace minidvr::recording;
namespace {

constexpr std::size_t kBufferBytes = 120 * 1000;  // about 120 frames, four seconds
constexpr auto kSettling = 30s;    // within which it records again once the trouble is over
constexpr auto kLongEnough = 60s;  // within which all must be over once the trouble is

SegmentPlan plan_for(std::mt19937_64& random) {
  const auto length = std::uniform_int_distribution<int>(1, 6)(random);
  return SegmentPlan(seconds(length), std::bernoulli_distribution(0.5)(random));
}

}  // namespace

Simulation::Simulation(std::uint64_t seed)
    : random_(seed),
      wall_offset_(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)),
      machine_(
          kBufferBytes, plan_for(random_),
          [this] {
            return RecorderMachine::Rate{chance(0.1) ? 1e6 : 30.0, microseconds(33'333)};
          },
          chance(0.3) ? between(50ms, 10s) : 0us) {}

// Of what came before as much is expected as the machine says that it takes.
void Simulation::want() {
  const auto before = machine_.want(now_, !told_lost_);
  if (before > unwanted_.size()) fail("it takes frames that came at another time");
  const auto taken = std::min(before, unwanted_.size());
  expected_.insert(expected_.end(), unwanted_.end() - static_cast<std::ptrdiff_t>(taken),
                   unwanted_.end());
  unwanted_.clear();
}

void Simulation::unwant() {
  if (machine_.wanted()) stalls_since_stop_ = 0;
  machine_.unwant(now_);
}

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
  at(now_ + kSchedule, [this] { end_trouble(); });
  SteadyTime last = now_;
  while (violations_.empty()) {
    ffmpeg_.has_hung |= ffmpeg_.hangs;
    step();
    check_state();
    if (!trouble_ && machine_.idle()) break;
    if (now_ > over_by_) {
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

void Simulation::end_trouble() {
  trouble_ = false;
  disk_trouble_ = 0;
  disk_full_ = false;
  machine_.disk_full("", now_);
  ffmpeg_.hangs = ffmpeg_.hangs_for_good;
  note("the trouble ends");
  ffmpeg_works();
  // What the disk was asked for before takes its time.
  const SteadyTime calm = std::max(now_, stalls_until_);
  over_by_ = calm + kLongEnough;
  if (!chance(0.3)) {
    unwant();
    return;
  }
  over_by_ += kSettling;
  at(calm + kSettling, [this] {
    check_settled();
    if (!hurried_) settled_ = Losses{machine_.dropped(), bad_.size()};
    if (chance(0.5)) bad_to_come_ = 1 + times(2);
    after(between(0us, 1s), [this] { unwant(); });
  });
}

void Simulation::next_frame() {
  after(between(20ms, 46ms), [this] {
    if (camera_on_) {
      auto frame = std::make_shared<capture::Frame>();
      const std::size_t bytes =
          !settled_ && chance(0.002) ? 2 * kBufferBytes : 800 + random_() % 400;
      pushed_out_ = bytes > kBufferBytes;
      frame->jpeg.resize(bytes);  // at once: unoptimised, default_init is a loop
      frame->captured = std::max(now_ - between(0us, 3ms), last_captured_ + microseconds(1));
      last_captured_ = frame->captured;
      frame->wall = wall_offset_ + (now_.time_since_epoch());
      frame->width = width_;
      frame->height = 720;
      numbers_[frame.get()] = ++frame_;
      if (bad_to_come_ > 0 && bad_to_come_-- > 0) bad_.insert(frame_);
      alive_.push_back(frame);
      told_lost_ = false;
      (machine_.wanted() ? expected_ : unwanted_).push_back(frame_);
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
    check_kill(what->why);
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
  if (const auto* what = std::get_if<TellRefused>(&action)) {
    const auto number = numbers_.at(what->frame.get());
    note(fmt::format("gave up frame {}", number));
    if (!bad_.contains(number)) fail("a frame is given up that ffmpeg takes");
  }
}

}  // namespace minidvr::test
