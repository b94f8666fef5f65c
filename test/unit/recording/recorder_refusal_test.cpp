// A frame that ffmpeg does not take, and an ffmpeg that takes none.

#include "unit/recording/recorder_bench.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::recording;
using namespace std::chrono_literals;
using minidvr::test::RecorderBench;
using Ending = SegmentFile::Ending;

namespace {

constexpr const char* kRefusal = "ffmpeg ended with status 1: dimensions not set";

// Carries out what the machine asks for, with an ffmpeg that ends at some frames.
class PickyFfmpeg {
 public:
  void start() { bench_.machine.want(bench_.now, true); }
  // As many frames as come in that time.
  void record(Steady::duration time) {
    for (const SteadyTime end = bench_.now + time; bench_.now < end;)
      next_frame();
  }
  void next_frame(bool is_bad = false, unsigned width = 1280) {
    bench_.now += 33ms;
    const auto since = std::chrono::floor<microseconds>(bench_.now - test::at(0s));
    const auto frame = test::frame(since, RecorderBench::kWall + since, width, 720, 1000);
    frames_.push_back(frame);
    if (is_bad) bad.insert(frames_.size());
    bench_.machine.on_frame(frame, bench_.now);
    carry_out();
  }
  void stop() {
    bench_.machine.unwant(bench_.now);
    carry_out();
    for (int i = 0; i < 100 && !bench_.machine.idle(); ++i) {
      bench_.now = bench_.machine.wake_at();
      carry_out();
    }
  }
  std::uint64_t dropped() const { return bench_.machine.dropped(); }
  std::size_t came() const { return frames_.size(); }
  RecorderState state() const { return bench_.state(); }
  SteadyTime now() const { return bench_.now; }
  bool idle() const { return bench_.machine.idle(); }

  std::set<std::size_t> bad;      // their numbers, from 1 on
  bool takes_none = false;        // it ends at each one
  std::string disk_problem;       // of each closing
  std::vector<std::size_t> kept;  // in files that are not thrown away
  std::vector<std::size_t> given_up;
  std::uint64_t told_as_dropped = 0;

 private:
  std::size_t number_of(const capture::FramePtr& frame) const {
    const auto found = std::find(frames_.begin(), frames_.end(), frame);
    return static_cast<std::size_t>(found - frames_.begin()) + 1;
  }
  void carry_out() {
    while (auto action = bench_.machine.next(bench_.now))
      std::visit([this](const auto& what) { perform(what); }, *action);
  }
  void perform(const CreateSegment&) {
    files_.emplace_back();
    bench_.machine.created("file" + std::to_string(++names_), bench_.now);
  }
  void perform(const StartMuxer&) { bench_.machine.muxer_started(bench_.now); }
  void perform(const Give& give) {
    const auto number = number_of(give.frame);
    if (takes_none || bad.contains(number)) {
      bench_.machine.muxer_ended(kRefusal, bench_.now);
      return;
    }
    files_.back().push_back(number);
    if (files_.size() > 1 && files_.back().size() == 1) bench_.machine.file_listed();
    bench_.machine.frame_taken(bench_.now);
  }
  void perform(const Follow& follow) {
    const bool first = files_.front().empty();
    bench_.machine.followed({first ? 0U : 1U, follow.waiting.size(), follow.sync, {}}, bench_.now);
  }
  void perform(const CloseInput&) {
    if (!files_.empty() && !files_.back().empty()) bench_.machine.file_listed();
    bench_.machine.muxer_ended("", bench_.now);
  }
  void perform(const CloseSegment& close) {
    const auto file = std::move(files_.front());
    files_.pop_front();
    if (close.ending == Ending::nothing || file.empty()) {
      bench_.machine.closed({0, {}, disk_problem, false}, bench_.now);
      return;
    }
    kept.insert(kept.end(), file.begin(), file.end());
    bench_.machine.closed({file.size(), "x.mp4", {}, false}, bench_.now);
  }
  void perform(const KillMuxer&) { FAIL("ffmpeg is killed"); }
  void perform(const TellFile&) {}
  void perform(const TellIdle&) {}
  void perform(const TellDropped& told) { told_as_dropped += told.frames; }
  void perform(const TellRefused& told) {
    CHECK(told.why == kRefusal);
    given_up.push_back(number_of(told.frame));
  }

  RecorderBench bench_{100'000'000};
  std::vector<capture::FramePtr> frames_;
  std::deque<std::vector<std::size_t>> files_;  // what ffmpeg wrote, oldest first
  int names_ = 0;
};

std::vector<std::size_t> all_but_bad(const PickyFfmpeg& ffmpeg) {
  std::vector<std::size_t> numbers;
  for (std::size_t number = 1; number <= ffmpeg.came(); ++number) {
    if (!ffmpeg.bad.contains(number)) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

TEST_CASE("a frame that ends each ffmpeg is given up alone, and recording goes on") {
  const unsigned width = GENERATE(1280U, 0U);  // another size begins another ffmpeg
  const int run = GENERATE(1, 2, 7);
  const bool is_first = GENERATE(false, true);
  CAPTURE(width, run, is_first);
  PickyFfmpeg ffmpeg;
  ffmpeg.start();
  if (!is_first) ffmpeg.record(2s);
  for (int i = 0; i < run; ++i)
    ffmpeg.next_frame(true, width);
  ffmpeg.record(2s);
  CHECK(ffmpeg.state() == RecorderState::recording);
  ffmpeg.record(2s);
  ffmpeg.stop();
  CHECK(ffmpeg.idle());
  CHECK(ffmpeg.kept == all_but_bad(ffmpeg));
  CHECK(ffmpeg.given_up == std::vector(ffmpeg.bad.begin(), ffmpeg.bad.end()));
  CHECK(ffmpeg.dropped() == ffmpeg.bad.size());
  CHECK(ffmpeg.told_as_dropped == 0);  // each was told, with its reason
}

TEST_CASE("frames between those that are given up are all kept") {
  PickyFfmpeg ffmpeg;
  ffmpeg.start();
  for (int i = 0; i < 20; ++i)
    ffmpeg.next_frame(i % 3 == 1);
  ffmpeg.record(12s);
  CHECK(ffmpeg.state() == RecorderState::recording);
  ffmpeg.stop();
  CHECK(ffmpeg.kept == all_but_bad(ffmpeg));
  CHECK(ffmpeg.dropped() == ffmpeg.bad.size());
}

TEST_CASE("a stop behind a frame that ffmpeg does not take throws away no other one") {
  PickyFfmpeg ffmpeg;
  ffmpeg.start();
  ffmpeg.record(1s);
  ffmpeg.next_frame(true, 0);
  ffmpeg.record(100ms);
  const SteadyTime stopped = ffmpeg.now();
  ffmpeg.stop();
  CHECK(ffmpeg.idle());
  CHECK(ffmpeg.now() - stopped < RecorderMachine::kRefusalLimit);
  CHECK(ffmpeg.kept == all_but_bad(ffmpeg));
  CHECK(ffmpeg.dropped() == 1);
}

TEST_CASE("an ffmpeg that takes no frame at all takes none away") {
  PickyFfmpeg ffmpeg;
  const auto while_broken = GENERATE(300ms, 2s, 7s, 12s, 61s);
  CAPTURE(while_broken.count());
  ffmpeg.start();
  ffmpeg.record(1s);
  ffmpeg.takes_none = true;
  ffmpeg.record(while_broken);
  CHECK(ffmpeg.state() == RecorderState::failed);
  ffmpeg.takes_none = false;
  ffmpeg.record(12s);
  CHECK(ffmpeg.state() == RecorderState::recording);
  ffmpeg.stop();
  CHECK(ffmpeg.given_up.empty());
  CHECK(ffmpeg.dropped() == 0);
  CHECK(ffmpeg.kept == all_but_bad(ffmpeg));
}

TEST_CASE("a disk that fails is not taken for a frame that ffmpeg does not take") {
  PickyFfmpeg ffmpeg;
  ffmpeg.start();
  ffmpeg.record(1s);
  ffmpeg.disk_problem = "cannot sync: I/O error";
  ffmpeg.next_frame(true, 0);
  ffmpeg.record(30s);
  CHECK(ffmpeg.given_up.empty());
  ffmpeg.disk_problem.clear();
  ffmpeg.record(25s);
  CHECK(ffmpeg.given_up == std::vector(ffmpeg.bad.begin(), ffmpeg.bad.end()));
  CHECK(ffmpeg.state() == RecorderState::recording);
}

TEST_CASE("while another frame is tried, no file is told") {
  RecorderBench bench;
  bench.machine.want(bench.now, true);
  bench.frame();
  bench.frame();
  const auto begin = [&] {
    const auto create = bench.only<CreateSegment>();
    bench.machine.created(std::string("one"), bench.now);
    bench.only<StartMuxer>();
    bench.machine.muxer_started(bench.now);
    CHECK(bench.only<Give>().frame == create.first);
    return create.first;
  };
  const auto refuse = [&] {
    bench.machine.muxer_ended(kRefusal, bench.now);
    bench.only<CloseSegment>();
    bench.machine.closed({}, bench.now);
  };
  const auto front = begin();
  for (unsigned i = 1; i < Refusals::kBeforeOther; ++i) {
    refuse();
    bench.now = bench.machine.wake_at();
    CHECK(begin() == front);
  }
  refuse();
  CHECK(begin() != front);
  bench.machine.frame_taken(bench.now);
  bench.only<CloseInput>();
  bench.now += RecorderMachine::kFirstFollowInterval;
  CHECK(bench.only<Follow>().waiting.empty());
  bench.machine.followed({1, 0, false, {}}, bench.now);
  bench.machine.file_listed();
  bench.nothing();
  CHECK(bench.machine.current_file().empty());
  CHECK(bench.state() == RecorderState::failed);
  bench.machine.muxer_ended("", bench.now);
  CHECK(bench.only<CloseSegment>().ending == Ending::nothing);
  bench.machine.closed({}, bench.now);
  // Now the first one has to fail alone, twice.
  CHECK(begin() == front);
  refuse();
  CHECK(begin() == front);
  refuse();
  const auto all = bench.actions();
  REQUIRE(all.size() == 2);
  CHECK(std::get<TellRefused>(all[0]).frame == front);
  CHECK(std::get<CreateSegment>(all[1]).first != front);
}
