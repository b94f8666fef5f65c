// How facts are read: from what programs print and from files as the kernel has them.

#include "doctor/camera_formats.hpp"
#include "doctor/disk_trial.hpp"
#include "doctor/machine_check.hpp"
#include "doctor/user.hpp"
#include "support/temporary_folder.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::doctor;
using namespace minidvr::test;
namespace fs = std::filesystem;

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

TEST_CASE("Power and temperature are read from the files that a Raspberry Pi has") {
  const TemporaryFolder sys;
  CHECK_FALSE(read_power(sys.path()).throttled);
  CHECK_FALSE(read_power(sys.path()).celsius);
  fs::create_directories(sys.path() / "devices/platform/soc/soc:firmware");
  fs::create_directories(sys.path() / "class/thermal/thermal_zone0");
  sys.write("devices/platform/soc/soc:firmware/get_throttled", "50005\n");
  sys.write("class/thermal/thermal_zone0/temp", "61234\n");
  const auto facts = read_power(sys.path());
  CHECK(facts.throttled == 0x50005U);
  REQUIRE(facts.celsius);
  CHECK(*facts.celsius == Approx(61.234));
  sys.write("class/thermal/thermal_zone0/temp", "warm\n");
  CHECK_FALSE(read_power(sys.path()).celsius);
}

TEST_CASE("The bits are read as vcgencmd prints them, too") {
  CHECK(parse_throttled("throttled=0x50005\n") == 0x50005U);
  CHECK(parse_throttled("0\n") == 0U);
  CHECK_FALSE(parse_throttled("error=1 error_msg=\"Command not registered\""));
  CHECK_FALSE(parse_throttled(""));
}

TEST_CASE("The disk's trial tells a rate, and leaves nothing behind") {
  const TemporaryFolder folder;
  const auto trial = try_disk(folder.path());
  CHECK(trial.error == 0);
  REQUIRE(trial.rate);
  CHECK(*trial.rate > 0);
  CHECK(fs::is_empty(folder.path()));
  const auto nowhere = try_disk(folder.path() / "missing");
  CHECK(nowhere.error == ENOENT);
  CHECK_FALSE(nowhere.rate);
}

TEST_CASE("Whether somebody may use a file is told by the kernel, and of others by its mode") {
  const TemporaryFolder folder;
  const auto file = folder.write("camera", "");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  const User self = {"self", ::geteuid(), {}, true};
  CHECK(refusal(self, file, 6) == 0);
  CHECK(refusal(self, folder.path() / "missing", 6) == ENOENT);
  const User other = {"other", ::geteuid() + 1, {}, false};
  CHECK(refusal(other, file, 4) == EACCES);
  CHECK(refusal(other, folder.path() / "missing", 4) == ENOENT);
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  CHECK(refusal(other, file, 4) == 0);
  CHECK_FALSE(user_in_question().name.empty());
  CHECK_FALSE(group_of(file).empty());
}
