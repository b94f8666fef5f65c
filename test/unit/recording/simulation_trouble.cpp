// What goes wrong in a simulated recording, and when.
#include "unit/recording/simulation.hpp"

namespace minidvr::test {
using namespace minidvr::recording;

// Some schedules see much of it, some nothing at all.
void Simulation::plan_trouble() {
  plan_commands();
  plan_ffmpeg_trouble();
  plan_camera_trouble();
  plan_disk_trouble();
  for (int i = times(2); i > 0; --i)
    at(sometime(), [this] { wall_offset_ += between(-2h, 2h); });
  if (chance(0.1)) {
    at(sometime(), [this] {
      note("this program stands still");
      now_ += between(1s, 15s);
      ffmpeg_.has_hung = true;  // it stands still with it
    });
  }
  if (chance(0.02))
    at(sometime(), [this] {
      machine_.hurry(now_);
      hurried_ = true;
    });
}

void Simulation::plan_commands() {
  if (chance(0.9)) at(now_ + between(0us, 1s), [this] { want(); });
  for (int i = times(chance(0.2) ? 30 : 3); i > 0; --i) {
    at(sometime(), [this] { unwant(); });
    at(sometime(), [this] { want(); });
  }
}

void Simulation::plan_ffmpeg_trouble() {
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
  for (int i = times(1); i > 0; --i)
    at(sometime(), [this] { ffmpeg_.fails_trailer = true; });
  // Frames that no ffmpeg takes.
  for (int i = chance(0.3) ? times(3) : 0; i > 0; --i)
    at(sometime(), [this, run = 1 + times(3)] { bad_to_come_ = run; });
}

void Simulation::plan_camera_trouble() {
  for (int i = times(2); i > 0; --i) {
    const auto begin = sometime();
    at(begin, [this] { camera_on_ = false; });
    at(begin + 2s, [this] {
      if (camera_on_ || told_lost_) return;
      told_lost_ = true;
      note("the camera is lost");
      machine_.on_lost("no frame");
      unwanted_.clear();
    });
    at(begin + between(50ms, 6s), [this] {
      camera_on_ = true;
      if (chance(0.3)) width_ = 1920 + 640 - width_ % 1000;
    });
  }
}

void Simulation::plan_disk_trouble() {
  for (int i = times(2); i > 0; --i) {
    const auto begin = sometime();
    at(begin, [this] {
      disk_full_ = true;
      machine_.disk_full("the disk is full", now_);
    });
    at(begin + between(100ms, chance(0.2) ? 30s : 8s), [this] {
      disk_full_ = false;
      machine_.disk_full("", now_);
    });
  }
  for (int i = times(2); i > 0; --i) {
    const auto begin = sometime();
    const double probability = chance(0.5) ? 1.0 : 0.3;
    at(begin, [this, probability] { disk_trouble_ = probability; });
    at(begin + between(100ms, chance(0.2) ? 30s : 8s), [this] { disk_trouble_ = 0; });
  }
  // A card that commits its journal, a NAS that starts anew.
  for (int i = chance(0.2) ? 1 + times(1) : 0; i > 0; --i)
    at(sometime(), [this, time = chance(0.5) ? 15s : 40s] { stall_to_come_ = time; });
}

}  // namespace minidvr::test
