#include "capture/missed_frames.hpp"

#include "unit/support/frames.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::capture;
using namespace std::chrono_literals;

namespace {

// Tells `missed` of frames at these distances in seconds, one after the other.
class Camera {
 public:
  void deliver(double distance, int count = 1) {
    for (int i = 0; i < count; ++i) {
      time_ += distance;
      missed.on_frame(SteadyTime(std::chrono::duration_cast<Steady::duration>(
          std::chrono::duration<double>(std::floor(time_ / grain) * grain))));
    }
  }

  MissedFrames missed;
  double grain = 1e-6;

 private:
  double time_ = 1000;
};

constexpr double kThirtieth = 1.0 / 30;

}  // namespace

TEST_CASE("a hole in an even rhythm is what is missing in it") {
  Camera camera;
  camera.grain = GENERATE(1e-6, 1e-3);  // ustreamer tells whole milliseconds
  camera.deliver(kThirtieth, 100);
  CHECK(camera.missed.count() == 0);
  camera.deliver(2 * kThirtieth);
  camera.deliver(kThirtieth, 30);
  CHECK(camera.missed.count() == 1);
  camera.deliver(10 * kThirtieth);
  camera.deliver(kThirtieth, 3);
  camera.deliver(3 * kThirtieth);
  camera.deliver(kThirtieth, 30);
  CHECK(camera.missed.count() == 1 + 9 + 2);
}

TEST_CASE("every fourth frame skipped for a minute is counted too") {
  Camera camera;
  camera.deliver(kThirtieth, 100);
  for (int i = 0; i < 300; ++i) {
    camera.deliver(kThirtieth, 2);
    camera.deliver(2 * kThirtieth);
  }
  camera.deliver(kThirtieth, 30);
  CHECK(camera.missed.count() == 300);
}

TEST_CASE("frames that are late, or come together after a hole, are not missing") {
  Camera camera;
  camera.deliver(kThirtieth, 100);
  camera.deliver(1.5 * kThirtieth);
  camera.deliver(0.5 * kThirtieth);
  camera.deliver(kThirtieth, 30);
  CHECK(camera.missed.count() == 0);
  // ustreamer stood still for nine intervals; four pictures waited in its buffers.
  camera.deliver(9.1 * kThirtieth);
  camera.deliver(0.0005, 3);
  camera.deliver(0.9 * kThirtieth - 0.0015);
  camera.deliver(kThirtieth, 30);
  CHECK(camera.missed.count() == 5);
}

TEST_CASE("another frame rate is no missing frame") {
  const double after = GENERATE(5.0, 10.0, 15.0, 20.0, 24.0, 60.0);
  CAPTURE(after);
  Camera camera;
  for (int i = 0; i < 5; ++i) {  // exposure that changes with the light, again and again
    camera.deliver(kThirtieth, 100);
    camera.deliver((kThirtieth + 1 / after) / 2);
    camera.deliver(1 / after, 50);
  }
  CHECK(camera.missed.count() == 0);
}

TEST_CASE("a camera without a rhythm misses nothing that one could know of") {
  std::mt19937 random(4);
  std::uniform_real_distribution<> distance(0.015, 0.08);
  Camera irregular;
  for (int i = 0; i < 3000; ++i)
    irregular.deliver(distance(random));
  CHECK(irregular.missed.count() == 0);
  Camera film;  // 24 pictures a second, shown on a beat of 60
  for (int i = 0; i < 500; ++i) {
    film.deliver(2.0 / 60);
    film.deliver(3.0 / 60);
  }
  CHECK(film.missed.count() == 0);
}

TEST_CASE("a pause, and a stream that was lost, are told as that") {
  Camera camera;
  camera.deliver(kThirtieth, 100);
  camera.deliver(5);
  camera.deliver(kThirtieth, 100);
  camera.missed.on_lost();
  camera.deliver(1.5);
  camera.deliver(kThirtieth, 100);
  CHECK(camera.missed.count() == 0);
}

TEST_CASE("missing frames are reported once a minute at most, and each of them once") {
  Camera camera;
  const auto miss = [&](int count) {
    camera.deliver(kThirtieth, 50);
    camera.deliver((count + 1) * kThirtieth);
    camera.deliver(kThirtieth, 50);
  };
  CHECK_FALSE(camera.missed.report(test::at(0s)));
  miss(2);
  CHECK(camera.missed.report(test::at(1s)) == 2U);
  CHECK_FALSE(camera.missed.report(test::at(70s)));
  miss(3);
  CHECK(camera.missed.report(test::at(70s)) == 3U);
  miss(1);
  CHECK_FALSE(camera.missed.report(test::at(80s)));
  miss(1);
  CHECK(camera.missed.report(test::at(131s)) == 2U);
}
