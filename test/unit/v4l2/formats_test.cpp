#include "v4l2/formats.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::v4l2;

namespace {

// As v4l2-ctl 1.22 prints it for a camera with two formats.
constexpr const char* kWebcam = R"(ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'YUYV' (YUYV 4:2:2)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
	[1]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 1280x720
			Interval: Discrete 0.017s (60.000 fps)
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 1920x1080
			Interval: Discrete 0.033s (29.970 fps)
)";

}  // namespace

TEST_CASE("What a camera offers as MJPEG is read, and nothing of its other formats") {
  const auto offered = parse_formats(kWebcam);
  CHECK(offered.formats == std::vector<std::string>{"YUYV", "MJPG"});
  REQUIRE(offered.mjpeg.size() == 2);
  CHECK(offered.mjpeg[0] == OfferedSize{{1280, 720}, {1280, 720}, {60, 30}});
  CHECK(offered.mjpeg[1] == OfferedSize{{1920, 1080}, {1920, 1080}, {29.97}});
  CHECK(describe(offered.mjpeg) == "1280x720 at 60 or 30, 1920x1080 at 29.97");
}

TEST_CASE("A camera that takes any size within bounds offers those between them") {
  const auto offered = parse_formats(
      "\t[0]: 'MJPG' (Motion-JPEG, compressed)\n"
      "\t\tSize: Stepwise 48x32 - 1920x1080 with step 2/2\n");
  REQUIRE(offered.mjpeg.size() == 1);
  CHECK(offered.mjpeg[0].has({48, 32}));
  CHECK(offered.mjpeg[0].has({1920, 1080}));
  CHECK_FALSE(offered.mjpeg[0].has({1920, 1082}));
  CHECK_FALSE(offered.mjpeg[0].has({46, 720}));
  CHECK(describe(offered.mjpeg) == "48x32 to 1920x1080");
}

TEST_CASE("What v4l2-ctl prints that nobody expects is passed over") {
  CHECK(parse_formats("").formats.empty());
  const auto offered = parse_formats(
      "[0]: 'MJPG\n[0]: 'MJPG' (x)\nSize:\nSize: Discrete\nSize: Discrete 1x\nInterval: (30 fps)\n"
      "Size: Discrete 99999999999x1\nSize: Discrete 640x480\nInterval: Discrete 1s (x fps)\n"
      "Interval: fps) (\nInterval: Continuous\n");
  CHECK(offered.formats == std::vector<std::string>{"MJPG"});
  CHECK(offered.mjpeg == std::vector<OfferedSize>{{{640, 480}, {640, 480}, {}}});
}

TEST_CASE("What a camera offers is told in a way that is the same in any language, too") {
  const auto offered = parse_formats(kWebcam);
  CHECK(in_any_language(offered.mjpeg) == "1280x720 (60, 30 fps), 1920x1080 (29.97 fps)");
  CHECK(in_any_language({{{48, 32}, {1920, 1080}, {}}}) == "48x32 - 1920x1080");
}
