// The ffmpeg of the simulation: a pipe, one frame that it keeps back, and a file after the other.
#include "unit/recording/simulation.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::test {
using namespace minidvr::recording;
namespace {

constexpr std::size_t kPipeFrames = 10;

}  // namespace

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
  check_times(action);
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
  auto time = trouble_ && chance(0.003) ? between(500ms, 5s) : between(100us, 3ms);
  if (writes_wait_until_ > now_) time += std::chrono::ceil<microseconds>(writes_wait_until_ - now_);
  after(time, [this, generation = ffmpeg_.generation] {
    if (!ffmpeg_.alive || ffmpeg_.generation != generation) return;
    ffmpeg_.busy = false;
    if (ffmpeg_.hangs) return;
    if (!ffmpeg_.pipe.empty()) {
      const auto frame = ffmpeg_.pipe.front();
      ffmpeg_.pipe.pop_front();
      if (bad_.contains(frame.first)) {
        ffmpeg_refuses();
        return;
      }
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
  ffmpeg_.has_written = true;
  segment->frames.push_back(frame.first);
  ++segment->in_file;
}

// A frame behind others may take with it the one that is kept back.
void Simulation::ffmpeg_refuses() {
  const auto write = std::exchange(ffmpeg_.held_back, std::nullopt);
  if (write && chance(0.5)) ffmpeg_writes(*write);
  if (ffmpeg_.alive) ffmpeg_ends("dimensions not set");
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
  ffmpeg_.ends = true;
  ++ffmpeg_.generation;
  ffmpeg_.hangs = false;
  // What it said before it ended is heard first, which takes its time.
  after(between(0us, 5ms), [this, problem] {
    ffmpeg_.ends = false;
    machine_.muxer_ended(problem, now_);
  });
}

}  // namespace minidvr::test
