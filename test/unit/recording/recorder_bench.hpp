// RecorderMachine with a hand on everything around it.
#pragma once

#include "recording/recorder_machine.hpp"
#include "unit/support/frames.hpp"

#include <string>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

namespace minidvr::test {

using namespace std::chrono_literals;

// Holds the machine, its clock, and what it asked for last.
class RecorderBench {
 public:
  // Of what is `at(0s)`.
  static constexpr WallTime kWall{std::chrono::seconds(1'795'000'000)};

  // `buffer`: bytes of frames that may wait.
  // `preroll`: of what came before a recording.
  explicit RecorderBench(std::size_t buffer = 1'000'000,
                         Steady::duration preroll = Steady::duration::zero())
      : machine(
            buffer, recording::SegmentPlan(10s, false),
            [] {
              return recording::RecorderMachine::Rate{30, microseconds(33'333)};
            },
            preroll) {}

  recording::RecorderMachine machine;
  SteadyTime now = test::at(0s);

  // All actions that are due, in order.
  std::vector<recording::Action> actions() {
    std::vector<recording::Action> result;
    while (auto action = machine.next(now))
      result.push_back(std::move(*action));
    return result;
  }
  // The only one that is due.
  template <class What>
  What only() {
    auto all = actions();
    REQUIRE(all.size() == 1);
    REQUIRE(std::holds_alternative<What>(all.front()));
    return std::get<What>(all.front());
  }
  void nothing() { CHECK(actions().empty()); }

  void frame(unsigned width = 1280) {
    now += 33ms;
    const auto since = std::chrono::floor<microseconds>(now - test::at(0s));
    machine.on_frame(test::frame(since, kWall + since, width, 720, 1000), now);
  }
  // A frame that ffmpeg takes at once.
  void taken_frame() {
    frame();
    only<recording::Give>();
    machine.frame_taken(now);
  }
  // Up to the first frame given, and the file seen.
  void begin(const std::string& name = "one") {
    machine.want(now, true);
    frame();
    only<recording::CreateSegment>();
    machine.created(name, now);
    only<recording::StartMuxer>();
    machine.muxer_started(now);
    CHECK(only<recording::Give>().time == 0us);
    machine.frame_taken(now);
    CHECK(first_look().file == name + ".mp4");
  }
  // At the file that an ffmpeg has just begun.
  recording::TellFile first_look() {
    now += recording::RecorderMachine::kFirstFollowInterval;
    only<recording::Follow>();
    machine.followed({1, 0, false, {}}, now);
    return only<recording::TellFile>();
  }
  void follow(std::size_t written, bool synced, const std::string& failure = {}) {
    now += recording::RecorderMachine::kFollowInterval;
    only<recording::Follow>();
    machine.followed({0, written, synced, failure}, now);
  }
  recording::RecorderState state() const { return machine.status(now).state; }
  std::string detail() const { return machine.status(now).detail; }
};

}  // namespace minidvr::test
