// A simulated world for RecorderMachine: camera, people, ffmpeg, disk and clock, all of them driven
// and broken by a seed.
#pragma once

#include "recording/recorder_machine.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace minidvr::test {

using namespace std::chrono_literals;

// What ends up on the simulated disk, and what must be true of it, checked at the end of run().
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed);

  // Runs one schedule to its end: some seconds of trouble, then recording is switched off and the
  // trouble ends, and the machine must become idle. Returns the violations; none: all is well.
  const std::vector<std::string>& run();

  // For the log of a failing seed.
  const std::vector<std::string>& story() const { return story_; }
  void tell_story() { telling_ = true; }

 private:
  struct SimulatedSegment {
    std::string name;
    std::uint32_t number = 0;
    capture::FramePtr first;            // that it was made for: its name and start are that one's
    std::size_t in_file = 0;            // frames that the media file holds
    std::vector<std::uint64_t> frames;  // that ffmpeg wrote to it
    std::size_t noted = 0;              // in the journal
    std::size_t synced = 0;
    bool sync_failed = false;  // what came after `synced` may be holes
    bool trailer = false;
    bool trailer_is_good = false;
  };
  struct Ffmpeg {
    bool alive = false;
    bool hangs = false;
    bool hangs_for_good = false;
    bool has_hung = false;  // it may be killed for that
    bool input_closed = false;
    bool ends = false;  // which was not heard yet
    bool fails_trailer = false;
    std::deque<std::pair<std::uint64_t, microseconds>> pipe;  // frames on their way
    std::optional<std::pair<std::uint64_t, microseconds>> held_back;
    bool busy = false;  // giving has to wait
    std::optional<std::pair<std::uint64_t, microseconds>> pushing;
    bool has_written = false;
    std::size_t current = 0;  // file
    std::uint64_t generation = 0;
  };

  using Event = std::function<void()>;
  static constexpr auto kSchedule = 20s;  // of trouble

  bool chance(double probability) { return std::bernoulli_distribution(probability)(random_); }
  microseconds between(microseconds low, microseconds high);
  void at(SteadyTime time, Event event);
  void after(microseconds delay, Event event) { at(now_ + delay, std::move(event)); }
  void fail(const std::string& what);
  void note(const std::string& what);

  SteadyTime sometime() { return now_ + between(0us, kSchedule); }
  int times(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }
  void plan_trouble();
  void plan_commands();
  void want();
  void unwant();
  void plan_ffmpeg_trouble();
  void plan_camera_trouble();
  void plan_disk_trouble();
  void end_trouble();
  void next_frame();
  void step();
  void perform(const recording::Action& action);
  void create(const recording::CreateSegment& action);
  void follow(const recording::Follow& action);
  void close(const recording::CloseSegment& action);
  void start_ffmpeg();
  void give(const recording::Give& action);
  void ffmpeg_works();
  void ffmpeg_writes(std::pair<std::uint64_t, microseconds> frame);
  void ffmpeg_ends(const std::string& problem);
  void ffmpeg_refuses();
  void finish_file();
  microseconds disk_time();
  void disk_works(Event done);
  void check_kill(const std::string& why);
  void check_times(const recording::Give& action);
  void check_state();
  void check_settled();
  void check_end();

  std::mt19937_64 random_;
  SteadyTime now_ = SteadyTime(std::chrono::hours(1));
  WallTime wall_offset_;
  struct Later {
    SteadyTime time;
    std::uint64_t order;
    Event event;
    bool operator<(const Later& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  std::priority_queue<Later> events_;
  std::uint64_t order_ = 0;

  recording::RecorderMachine machine_;
  Ffmpeg ffmpeg_;
  std::deque<SimulatedSegment> segments_;                        // as in the machine
  std::map<std::string, std::vector<std::uint64_t>> published_;  // name -> frames
  std::map<std::string, std::vector<std::uint64_t>> kept_;       // in .partial, for recovery
  std::size_t names_ = 0;

  bool trouble_ = true;
  bool camera_on_ = true;
  bool told_lost_ = true;
  bool disk_full_ = false;
  double disk_trouble_ = 0;        // probability that a disk operation fails
  microseconds stall_to_come_{0};  // that the next disk operation takes
  SteadyTime stalls_until_{};
  SteadyTime writes_wait_until_{};  // those of ffmpeg
  SteadyTime disk_back_{};          // after a stall
  int stalls_since_stop_ = 0;
  SteadyTime over_by_ = SteadyTime::max();  // then all that was wanted has to be done
  unsigned width_ = 1280;
  std::uint64_t frame_ = 0;
  SteadyTime last_captured_{};
  bool pushed_out_ = false;              // all that waited, by a frame that has no room itself
  std::vector<std::uint64_t> expected_;  // frames that a recording has to have
  std::vector<std::uint64_t> unwanted_;  // those that came since it is off and the camera is there
  int bad_to_come_ = 0;
  std::set<std::uint64_t> bad_;  // frames that no ffmpeg takes
  struct Losses {
    std::uint64_t dropped = 0;
    std::size_t bad = 0;
  };
  bool hurried_ = false;           // nothing gets as long as usual
  std::optional<Losses> settled_;  // as they were when all was well again
  std::map<const capture::Frame*, std::uint64_t> numbers_;
  std::deque<capture::FramePtr> alive_;  // keeps their addresses apart
  std::uint64_t idles_ = 0;
  std::vector<std::string> violations_;
  std::vector<std::string> story_;
  bool telling_ = false;
};

}  // namespace minidvr::test
