// The disk of the simulation: segments, their journals, and what is published of them.
#include "unit/recording/simulation.hpp"

#include <utility>

#include <fmt/format.h>

namespace minidvr::test {
using namespace minidvr::recording;

microseconds Simulation::disk_time() {
  if (trouble_ && stall_to_come_ > 0us) {
    const auto time = std::exchange(stall_to_come_, 0us);
    stalls_until_ = now_ + time;
    if (chance(0.5)) writes_wait_until_ = stalls_until_;
    note(fmt::format("the disk stands still for {:.0f} s", to_seconds(time)));
    return time;
  }
  return trouble_ && chance(0.02) ? between(100ms, 4s) : between(100us, 20ms);
}

// What it is asked for is done after its time.
void Simulation::disk_works(Event done) {
  after(disk_time(), [this, begun = now_, done = std::move(done)] {
    if (now_ - begun > RecorderMachine::kHangLimit) {
      ++stalls_since_stop_;
      disk_back_ = now_;
    }
    done();
  });
}

void Simulation::create(const CreateSegment& action) {
  const bool fails = chance(disk_trouble_);
  disk_works([this, fails, number = action.number, first = action.first] {
    if (fails) {
      note("create fails");
      machine_.created(make_error(Errc::unavailable, "cannot make it"), now_);
      return;
    }
    SimulatedSegment segment;
    segment.name = fmt::format("segment{:05}", ++names_);
    segment.number = number;
    segment.first = first;
    segments_.push_back(segment);
    note(fmt::format("created {} for file {}", segment.name, number));
    machine_.created(segment.name, now_);
  });
}

void Simulation::follow(const Follow& action) {
  const bool fails = chance(disk_trouble_ / 2);
  const std::size_t waiting = action.waiting.size();
  // It looks before it syncs: what comes while that takes long is not seen.
  const std::size_t in_file = segments_.front().in_file;
  disk_works([this, fails, waiting, in_file, sync = action.sync] {
    auto& segment = segments_.front();
    SegmentFile::Progress progress;
    progress.written = std::min(in_file - segment.noted, waiting);
    segment.noted += progress.written;
    progress.file_bytes = in_file;  // none before the first, some after it
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
  disk_works([this, action, fails, cannot_publish] {
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
      if (frames.front() != numbers_.at(segment.first.get())) {
        fail(segment.name + " has the name of a frame that it does not begin with");
      }
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

}  // namespace minidvr::test
