// Streams made of a seed: whatever a source's clock, the network and this program's own stalls do
// to the times, those of the frames stay close to the truth. A failing seed is printed.

#include "capture/frame_clock.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::capture;

namespace {

// 1,000 with MINIDVR_TEST_FULL=1.
constexpr unsigned kSeeds = 1000;
constexpr unsigned kSample = 300;
constexpr int kFrames = 1500;
constexpr double kRounding = 2e-6;  // seconds, of times in microseconds

enum class Clock { monotonic, raw, foreign, none };

struct Sent {
  double captured = 0;  // seconds, on our clock: the truth
  double told = 0;      // on the source's clock
  double came = 0;
  std::size_t behind = 0;
  bool disturbed = false;  // the clock is set here, or the time is another frame's
};

class Stream {
 public:
  explicit Stream(unsigned seed) : random_(seed) {
    clock = std::array{Clock::monotonic, Clock::raw, Clock::foreign, Clock::none}[seed % 4];
    interval = 1.0 / std::array{10, 15, 25, 30, 50, 60}[static_cast<std::size_t>(pick(0, 5))];
    noise_ = pick(0, 1) == 0 ? 0 : 0.2 * interval;
    grain = clock != Clock::none && pick(0, 1) == 0 ? 0.001 : 0;
    raw_from_ = between(-0.05, 0.05);
    raw_drift_ = between(-5e-4, 5e-4);
    rate_ = 1 + between(-0.01, 0.01);
    offset_ = pick(0, 1) == 0 ? between(-0.05, 0.05) : between(-1e9, 1e9);
    capture();
    deliver();
  }

  double raw_ahead(double time) const { return raw_from_ + raw_drift_ * (time - kStart); }

  Clock clock;
  double interval;
  double grain;  // seconds to which the source's times are cut
  std::vector<Sent> frames;

 private:
  static constexpr double kStart = 1000;

  int pick(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }
  double between(double low, double high) {
    return std::uniform_real_distribution(low, high)(random_);
  }

  double told(double time) const {
    if (clock == Clock::raw) return time + raw_ahead(time);
    if (clock == Clock::foreign) return kStart + (time - kStart) * rate_ + offset_;
    return time;
  }

  // Holes, steps and repeated times keep 5 s apart: what several of them at once mean is anybody's
  // guess.
  void capture() {
    double time = kStart;
    int quiet = 60;
    for (int i = 0; i < kFrames; ++i) {
      Sent sent;
      time += interval;
      const int what = quiet-- > 0 ? 100 : pick(0, 49);
      if (what == 0) time += interval * pick(1, 5);
      if (what == 1 && clock == Clock::foreign) {
        const double size =
            std::array{0.1, 1.5, 60.0, 3600.0}[static_cast<std::size_t>(pick(0, 3))];
        offset_ += pick(0, 1) == 0 ? size : -size;
        sent.disturbed = true;
      }
      if (what < 3) quiet = static_cast<int>(5 / interval);
      sent.captured = time;
      sent.told = told(time + between(0, noise_));
      if (what == 2 && clock != Clock::none) {
        sent.told = frames.back().told;
        sent.disturbed = true;
      }
      if (grain > 0) sent.told = std::floor(sent.told / grain) * grain;
      frames.push_back(sent);
    }
  }

  // On their way for 2 ms and some more, up to four at a time or one by one; now and then this
  // program stands still, and everything that came meanwhile is there at once.
  void deliver() {
    const int most = clock == Clock::none ? 0 : interval > 0.05 ? 1 : 2;  // as FrameSource reads
    const auto together = std::size_t{1} << pick(0, most);
    double last = 0;
    double stalled_until = 0;
    bool steps_near = true;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto near = [&](std::size_t at) { return at < frames.size() && frames[at].disturbed; };
      steps_near = i < 60;
      for (std::size_t j = 0; j < 500 && !steps_near; ++j)
        steps_near = near(i + j) || (j < 30 && i >= j && near(i - j));
      const double reached = frames[i].captured + 0.002 + between(0, 0.2 * interval);
      if (!steps_near && pick(0, 199) == 0) stalled_until = reached + between(0.5, 5);
      last = std::max({last, reached, stalled_until});
      frames[i].came = last;
      // What waited for this program is read when it goes on.
      for (std::size_t j = 1; j <= i % together && frames[i - j].came != stalled_until; ++j)
        frames[i - j].came = last;
    }
    for (std::size_t i = frames.size() - 1; i-- > 0;) {
      if (frames[i].came == frames[i + 1].came) frames[i].behind = frames[i + 1].behind + 1;
    }
  }

  std::mt19937 random_;
  double noise_;  // seconds that the source notes a frame late, at most
  double raw_from_, raw_drift_, rate_, offset_;
};

Steady::duration duration_of(double seconds) {
  return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
}

std::vector<double> stamp(const Stream& stream) {
  FrameClock clock;
  std::vector<double> placed;
  for (const auto& sent : stream.frames) {
    const FrameClock::Arrival arrival{SteadyTime(duration_of(sent.came)),
                                      duration_of(stream.raw_ahead(sent.came)), WallTime{},
                                      sent.behind};
    const auto told = stream.clock == Clock::none ? std::nullopt : std::optional<double>(sent.told);
    placed.push_back(to_seconds(clock.stamp(told, arrival).captured.time_since_epoch()));
  }
  return placed;
}

// What is wrong with a frame's place; empty when nothing is. `room`: time that each frame of its
// read has.
std::string violation(const Stream& stream, const std::vector<double>& placed, std::size_t i,
                      double room) {
  const auto& sent = stream.frames[i];
  const double half = stream.interval / 2;
  const double truth = sent.captured - stream.frames[i - 1].captured;
  const double distance = placed[i] - placed[i - 1];
  const double error = placed[i] - sent.captured;
  const bool timed = stream.clock != Clock::none;
  const double rounding = stream.grain + kRounding;
  if (distance <= 0) return "times go back";
  if (placed[i] > sent.came + (timed ? 0.25 : 1.2 * stream.interval)) return "in the future";
  // Without times, more may come at once than the time before has room for.
  if (!timed && room < half) return {};
  // Nor is the interval known better than the arrivals are even, or the source's clock right.
  if (distance < (timed ? 0.98 : 0.8) * half - rounding) return "too close to its neighbour";
  if (timed && std::abs(distance - truth) > half + 0.03 * truth + rounding) {
    return "moved by more than half an interval";
  }
  // On a clock of this machine the place is the truth. Two that show the same time, but for 50 ms,
  // are told apart once they have drifted.
  const bool ours = stream.clock == Clock::monotonic || stream.clock == Clock::raw;
  return ours && std::abs(error) > half + 0.1 ? "far from the truth" : "";
}

}  // namespace

TEST_CASE("whatever a source's clock does, no frame is far from its place") {
  const unsigned seeds = std::getenv("MINIDVR_TEST_FULL") != nullptr ? kSeeds : kSample;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    const Stream stream(seed);
    const auto placed = stamp(stream);
    double room = 0;
    for (std::size_t i = 1; i < placed.size(); ++i) {
      const auto& sent = stream.frames[i];
      if (const double passed = sent.came - stream.frames[i - 1].came; passed > 0) {
        room = passed / static_cast<double>(sent.behind + 1);
      }
      const auto wrong = violation(stream, placed, i, room);
      if (!wrong.empty()) FAIL("seed " << seed << ", frame " << i << ": " << wrong);
    }
  }
}
