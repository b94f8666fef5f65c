// What must be true of a simulated recording, at every instant and at its end.
#include "unit/recording/simulation.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::test {
using namespace minidvr::recording;
namespace {

constexpr std::size_t kMostUnderWay =
    80;  // more than come between two syncs, and while the disk is slow

}  // namespace

// What a file tells of a frame: that its first one was captured when it says, and this one so long
// after it.
void Simulation::check_times(const Give& action) {
  const auto number = action.time / microseconds(RecorderMachine::kPeriod);
  const auto segment = std::find_if(segments_.begin(), segments_.end(),
                                    [number](const auto& s) { return s.number == number; });
  if (segment == segments_.end()) {
    fail("a frame is given to a segment that is not there");
    return;
  }
  const auto& frame = *action.frame;
  const auto& first = *segment->first;
  const auto into = action.time - number * microseconds(RecorderMachine::kPeriod);
  if (into != std::chrono::floor<microseconds>(frame.captured - first.captured)) {
    fail(fmt::format("frame {} is given another time than that of its capture",
                     numbers_.at(action.frame.get())));
  }
  if (std::chrono::abs(frame.wall - first.wall - into) > SegmentPlan::kClockTolerance + 1ms) {
    fail(fmt::format("frame {} is told by another time of day than that of its capture",
                     numbers_.at(action.frame.get())));
  }
}

// An ffmpeg has to go for what it does itself. What waits is given up when a disk that works has
// not taken it.
void Simulation::check_kill(const std::string& why) {
  if (hurried_) return;
  if (why.starts_with("ffmpeg ") && ffmpeg_.alive && !ffmpeg_.has_hung) {
    fail("an ffmpeg is killed that does not hang: " + why);
  }
  if (why == "nothing reaches the disk" && stalls_since_stop_ == 1 &&
      now_ - disk_back_ < RecorderMachine::kRefusalLimit) {
    fail("what waits is given up in the moment in which the disk is back");
  }
}

void Simulation::check_state() {
  const auto status = machine_.status(now_);
  const bool idle = status.state == RecorderState::idle;
  if (idle != machine_.idle()) fail("the state told is not the state");
  if (idle && machine_.wanted()) fail("it is idle although recording is wanted");
  if (idle && status.buffered_frames > 0) fail("it is idle and holds frames");
  if (status.state == RecorderState::recording && machine_.current_file().empty()) {
    fail("it records to no file");
  }
  if (status.state == RecorderState::recording && ffmpeg_.alive && !ffmpeg_.has_written) {
    fail("it is told to record before ffmpeg has written anything");
  }
  if (!machine_.wanted() && !machine_.current_file().empty()) {
    fail("a current file is told although recording is off");
  }
  if (machine_.wanted() && disk_full_ && status.state != RecorderState::failed) {
    fail("a full disk is not told");
  }
  const bool all_is_saved = status.buffered_frames == 0 && segments_.empty() && !ffmpeg_.alive &&
                            !ffmpeg_.ends && !pushed_out_;
  if (all_is_saved && told_lost_ && !disk_full_ && status.state == RecorderState::failed) {
    fail("it is told to fail while nothing but the camera is missing");
  }
}

// Some time after the trouble ended.
void Simulation::check_settled() {
  if (!machine_.wanted()) return;
  if (machine_.status(now_).state != RecorderState::recording) {
    fail("it does not record although nothing is in the way any more");
  }
  const auto waiting = machine_.status(now_).buffered_frames;
  if (waiting > kMostUnderWay) fail(fmt::format("{} frames do not reach the disk", waiting));
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
  // With nothing behind bad frames there is no other to try: the one before them, which ffmpeg
  // keeps back, may go with them.
  if (settled_) {
    const std::size_t bad = bad_.size() - settled_->bad;
    if (machine_.dropped() - settled_->dropped > (bad > 0 ? bad + 1 : 0))
      fail("frames are lost that ffmpeg would take, while nothing else is in the way");
  }
  if (!segments_.empty()) fail("it is idle and a segment is open");
  if (ffmpeg_.alive) fail("it is idle and ffmpeg runs");
}

}  // namespace minidvr::test
