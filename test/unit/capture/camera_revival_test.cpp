#include "capture/camera_revival.hpp"

#include "unit/support/frames.hpp"

#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::capture;

namespace {

constexpr CameraRevival::Facts kSilent{false, true, true};
constexpr CameraRevival::Facts kOnline{true, true, true};
constexpr CameraRevival::Facts kUnplugged{false, false, true};
constexpr CameraRevival::Facts kNoPreview{false, true, false};

// The seconds from `from` to `to` in which ustreamer is restarted, when it is asked every second.
std::vector<int> restarts(CameraRevival& revival, const CameraRevival::Facts& facts, int from,
                          int to) {
  std::vector<int> result;
  for (int second = from; second < to; ++second) {
    if (revival.is_due(facts, test::at(seconds(second)))) result.push_back(second);
  }
  return result;
}

}  // namespace

TEST_CASE("a camera that never delivered a frame is set up anew, then less and less often") {
  CameraRevival revival;
  CHECK(restarts(revival, kSilent, 0, 600) == std::vector{15, 46, 107, 228, 469});
  CHECK(restarts(revival, kSilent, 600, 1400) == std::vector{770, 1071, 1372});
}

TEST_CASE("silence counts from the last frame") {
  CameraRevival revival;
  CHECK(restarts(revival, kSilent, 0, 50) == std::vector{15, 46});
  CHECK(restarts(revival, kOnline, 50, 100).empty());
  CHECK(restarts(revival, kSilent, 100, 140) == std::vector{115});
}

TEST_CASE("silence counts from the start of ustreamer and from the plugging in") {
  const auto other = GENERATE(kUnplugged, kNoPreview);
  CameraRevival revival;
  CHECK(restarts(revival, kSilent, 0, 10).empty());
  CHECK(restarts(revival, other, 10, 1000).empty());
  CHECK(restarts(revival, kSilent, 1000, 1020) == std::vector{1015});
}

TEST_CASE("patience can be another one") {
  CameraRevival revival({seconds(2), seconds(4)});
  CHECK(restarts(revival, kSilent, 0, 20) == std::vector{2, 7, 12, 17});
}
