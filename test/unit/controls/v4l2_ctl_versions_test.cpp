// What several versions of v4l2-ctl print of the virtual camera: it is understood of each.

#include "controls/control_value.hpp"
#include "controls/v4l2_ctl.hpp"
#include "support/result_text.hpp"
#include "unit/controls/fixture.hpp"
#include "v4l2/formats.hpp"
#include "v4l2/listing.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::controls;

TEST_CASE("Each v4l2-ctl's listing, camera and formats are read") {
  const std::string folder = GENERATE(as<std::string>{}, "v4l2-ctl-1.22.1-virtual-camera",
                                      "v4l2-ctl-1.30.1-virtual-camera");
  CAPTURE(folder);
  const auto listing = v4l2::parse_listing(read_fixture(folder + "/listctrlsmenus.txt"));
  CHECK(listing.skipped_count == 0);
  CHECK(listing.controls.size() == 21);
  const auto identity = v4l2::parse_identity(read_fixture(folder + "/info.txt"));
  REQUIRE(identity);
  CHECK(*identity ==
        v4l2::CameraIdentity{"uvcvideo", "Mini-DVR Virtual Camera", "virtual:minidvr-0"});
  const auto offered = v4l2::parse_formats(read_fixture(folder + "/formats.txt"));
  REQUIRE(offered.mjpeg.size() == 3);
  CHECK(v4l2::describe({offered.mjpeg.front()}) == "640x480 at 60 or 30");
}

TEST_CASE("Each v4l2-ctl's words for what fails are understood") {
  const std::string folder = GENERATE(as<std::string>{}, "v4l2-ctl-1.22.1-virtual-camera",
                                      "v4l2-ctl-1.30.1-virtual-camera");
  CAPTURE(folder);
  const auto controls = v4l2::parse_listing(read_fixture(folder + "/listctrlsmenus.txt")).controls;
  const Control* temperature = find_control(controls, "brightness");
  REQUIRE(temperature != nullptr);
  const auto setting = check_value(*temperature, boost::json::value(5), Origin::client);
  REQUIRE(setting);
  const auto failure = [&](const char* name) {
    return failure_of(&*setting, read_fixture(folder + "/" + name));
  };
  CHECK(failure("set_inactive.err.txt").reason == Reason::control_inactive);
  CHECK(failure("set_unknown.err.txt").code == Errc::not_found);
  for (const char* name : {"nodev.err.txt", "nocamera.err.txt"})
    CHECK(failure(name).code == Errc::unavailable);
}
