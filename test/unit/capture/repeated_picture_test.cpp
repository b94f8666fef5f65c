#include "capture/repeated_picture.hpp"

#include "unit/support/frames.hpp"

#include <cmath>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::capture;

namespace {

FramePtr picture(unsigned width) {
  return test::frame(std::chrono::seconds(1), {}, width);
}

// Each picture with a time of its own.
void deliver(RepeatedPicture& repeated, int count, double from = 1) {
  for (int i = 0; i < count; ++i) {
    const double time = from + i * 0.04;
    REQUIRE_FALSE(repeated.is_repeat(time, picture(640)->jpeg));
    repeated.on_frame(time, picture(640));
  }
}

}  // namespace

TEST_CASE("the same picture with the same time again is no frame") {
  RepeatedPicture repeated;
  deliver(repeated, 40);
  repeated.on_frame(10.0, picture(640));
  CHECK(repeated.is_repeat(10.0, picture(640)->jpeg));
  CHECK(repeated.is_repeat(10.0, picture(640)->jpeg));
  CHECK_FALSE(repeated.is_repeat(10.0, picture(800)->jpeg));
  CHECK_FALSE(repeated.is_repeat(10.04, picture(640)->jpeg));
  CHECK_FALSE(repeated.is_repeat(std::nullopt, picture(640)->jpeg));
}

TEST_CASE("a still picture is a frame each time when the times say nothing") {
  RepeatedPicture repeated;
  const double grain = GENERATE(1e9, 1.0);  // never moving, and whole seconds
  for (int i = 0; i < 300; ++i) {
    const double time = std::floor(i / 30.0 / grain) * grain;
    CAPTURE(i);
    REQUIRE_FALSE(repeated.is_repeat(time, picture(640)->jpeg));
    repeated.on_frame(time, picture(640));
  }
}

TEST_CASE("times are believed anew when each picture has had one of its own for a while") {
  RepeatedPicture repeated;
  deliver(repeated, 40);
  repeated.on_frame(5.0, picture(640));
  repeated.on_frame(5.0, picture(800));  // two pictures, one time
  CHECK_FALSE(repeated.is_repeat(5.0, picture(800)->jpeg));
  deliver(repeated, 40, 6);
  repeated.on_frame(9.0, picture(640));
  CHECK(repeated.is_repeat(9.0, picture(640)->jpeg));
}

TEST_CASE("a grab time is believed from the first picture on") {
  RepeatedPicture repeated;
  const auto one = picture(1280);
  repeated.on_frame(1.0, one);
  CHECK_FALSE(repeated.is_repeat(1.0, one->jpeg));
  CHECK(repeated.is_repeat(1.0, one->jpeg, true));
  CHECK_FALSE(repeated.is_repeat(2.0, one->jpeg, true));
  CHECK_FALSE(repeated.is_repeat(1.0, picture(640)->jpeg, true));
}
