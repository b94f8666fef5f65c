#include "capture/camera_monitor.hpp"

#include "unit/support/frames.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::capture;
using namespace std::chrono_literals;

namespace {

// `count` frames, `interval` apart, that arrive as they are captured. Returns when the last one
// came.
SteadyTime deliver(CameraMonitor& monitor, int count, std::chrono::microseconds interval,
                   std::chrono::microseconds from = 0s) {
  for (int i = 0; i < count; ++i) {
    const auto time = from + i * interval;
    monitor.on_frame(*test::frame(time, {}, 1920, 1080, 1000), test::at(time));
  }
  return test::at(from + (count - 1) * interval);
}

}  // namespace

TEST_CASE("before the first frame nothing is known") {
  const CameraMonitor monitor;
  CHECK_FALSE(monitor.online(test::at(0s)));
  CHECK(monitor.fps(test::at(0s)) == 0);
  CHECK_FALSE(monitor.last_frame_age(test::at(0s)));
  CHECK_FALSE(monitor.arrivals(test::at(0s)));
  CHECK_FALSE(monitor.interval());
}

TEST_CASE("rate, size and age are those of the frames that came") {
  CameraMonitor monitor;
  const auto now = deliver(monitor, 100, 40ms);
  CHECK(monitor.online(now + 30ms));
  CHECK(monitor.fps(now) == Approx(25));
  CHECK(monitor.data_rate(now) == Approx(25'000));
  CHECK(*monitor.last_frame_age(now + 21ms) == Approx(0.021));
  CHECK(monitor.width() == 1920);
  CHECK(monitor.height() == 1080);
}

TEST_CASE("a camera that was gone between two looks is known by the number of its arrivals") {
  CameraMonitor monitor;
  auto now = deliver(monitor, 10, 40ms);
  CHECK(monitor.arrivals(now) == 1U);
  monitor.on_lost();
  CHECK_FALSE(monitor.arrivals(now));
  now = deliver(monitor, 2, 40ms, 500ms);
  CHECK(monitor.arrivals(now) == 2U);
  monitor.on_stalled();
  now = deliver(monitor, 2, 40ms, 3s);
  CHECK(monitor.arrivals(now) == 3U);
  CHECK_FALSE(monitor.arrivals(now + 3s));
}

TEST_CASE("the rate falls soon when frames stay away, and not because two come together") {
  CameraMonitor monitor;
  const auto now = deliver(monitor, 100, 40ms);
  CHECK(monitor.fps(now + 80ms) == Approx(25));
  CHECK(monitor.fps(now + 1s) == Approx(1));
}

TEST_CASE("a stall is two seconds without a frame, or three intervals of a slow camera") {
  CameraMonitor fast;
  auto now = deliver(fast, 100, 33333us);
  CHECK_FALSE(fast.stalled(now + 1900ms));
  CHECK(fast.stalled(now + 2100ms));
  CHECK_FALSE(fast.online(now + 2100ms));

  CameraMonitor slow;
  now = deliver(slow, 5, 1s);
  CHECK_FALSE(slow.stalled(now + 2900ms));
  CHECK(slow.stalled(now + 3100ms));
}

TEST_CASE("a single frame does not tell how slow its camera is: the next one has longer to come") {
  CameraMonitor monitor;
  auto now = deliver(monitor, 1, 33ms);
  CHECK(monitor.online(now + 4400ms));
  CHECK(monitor.stalled(now + 4600ms));
  now = deliver(monitor, 1, 33ms, 33ms);
  CHECK(monitor.patience() == CameraMonitor::kShortestStall);

  CameraMonitor slow;
  now = deliver(slow, 2, 5s);
  CHECK_FALSE(slow.stalled(now + 14900ms));
  CHECK(slow.stalled(now + 15100ms));
  slow.on_stalled();  // whoever is lost once is not forgotten
  CHECK(slow.patience() == 15s);
}

TEST_CASE("a camera that is lost is offline at once, and its rate starts anew afterwards") {
  CameraMonitor monitor;
  auto now = deliver(monitor, 100, 33333us);
  monitor.on_lost();
  CHECK_FALSE(monitor.online(now));
  CHECK(monitor.fps(now) == 0);
  now = deliver(monitor, 30, 100ms, 60s);
  CHECK(monitor.fps(now) == Approx(10));
}

TEST_CASE("no rate is told of frames that came all at once, however they are timed") {
  CameraMonitor monitor;
  for (int i = 0; i < 5000; ++i)
    monitor.on_frame(*test::frame(std::chrono::microseconds(i), {}), test::at(10ms));
  CHECK(monitor.online(test::at(20ms)));
  CHECK_FALSE(monitor.interval());
  CHECK(monitor.fps(test::at(20ms)) == 0);
  CHECK(monitor.data_rate(test::at(20ms)) == 0);
  // They are no rate either when the next ones come evenly.
  for (int i = 1; i <= 100; ++i)
    monitor.on_frame(*test::frame(i * 40ms, {}), test::at(10ms + i * 40ms));
  CHECK(monitor.fps(test::at(4010ms)) == Approx(25).margin(1));
}

TEST_CASE("a rate is never higher than frames arrive, and not higher than they were captured") {
  CameraMonitor crowded;  // wrong times, 60 us apart
  for (int i = 0; i < 300; ++i)
    crowded.on_frame(*test::frame(i * 60us, {}), test::at(i * 33333us));
  CHECK(to_seconds(*crowded.interval()) == Approx(1.0 / 30).margin(0.001));

  CameraMonitor waited;
  const auto now = deliver(waited, 100, 40ms);
  for (int i = 1; i <= 125; ++i)  // this program stood still for 5 s
    waited.on_frame(*test::frame(3960ms + i * 40ms, {}), now + 5s);
  CHECK(waited.fps(now + 5s) == Approx(25).margin(0.5));
}

TEST_CASE("a stream that comes as fast as the line takes it has a bounded rate") {
  CameraMonitor monitor;
  for (int i = 0; i < 20000; ++i)
    monitor.on_frame(*test::frame(i * 100us, {}), test::at(i * 100us));
  CHECK(monitor.fps(test::at(2s)) <= 1000.5);
}
