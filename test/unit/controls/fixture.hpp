// Recorded output of v4l2-ctl, and controls made by hand.
#pragma once

#include "controls/control_value.hpp"
#include "v4l2/listing.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

namespace minidvr::controls {

inline std::string read_fixture(const std::string& name) {
  std::ifstream file(std::string(MINIDVR_FIXTURES) + "/" + name, std::ios::binary);
  INFO("test/fixtures/" << name);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline ControlList vivid() {
  return parse_listing(read_fixture("v4l2-ctl-1.22.1-vivid/listctrlsmenus.txt")).controls;
}

// A webcam as uvcvideo of Linux 6 shows it, with its automatics on.
inline ControlList webcam() {
  return parse_listing(R"(
User Controls

                     brightness 0x00980900 (int)    : min=-64 max=64 step=1 default=0 value=10
                            hue 0x00980903 (int)    : min=-40 max=40 step=1 default=0 value=0
        white_balance_automatic 0x0098090c (bool)   : default=1 value=1
                           gain 0x00980913 (int)    : min=0 max=100 step=1 default=0 value=5
           power_line_frequency 0x00980918 (menu)   : min=0 max=2 default=1 value=1 (50 Hz)
				0: Disabled
				1: 50 Hz
				2: 60 Hz
      white_balance_temperature 0x0098091a (int)    : min=2800 max=6500 step=10 default=4600 value=4000 flags=inactive

Camera Controls

                  auto_exposure 0x009a0901 (menu)   : min=0 max=3 default=3 value=3 (Aperture Priority Mode)
				1: Manual Mode
				3: Aperture Priority Mode
         exposure_time_absolute 0x009a0902 (int)    : min=1 max=5000 step=1 default=157 value=200 flags=inactive
     exposure_dynamic_framerate 0x009a0903 (bool)   : default=0 value=0
                 focus_absolute 0x009a090a (int)    : min=0 max=250 step=5 default=0 value=0 flags=inactive
     focus_automatic_continuous 0x009a090c (bool)   : default=1 value=1
                        privacy 0x009a0910 (bool)   : default=0 value=0 flags=read-only
)")
      .controls;
}

inline Control& get(ControlList& controls, std::string_view id) {
  for (auto& control : controls) {
    if (control.id == id) return control;
  }
  FAIL("no control " << id);
  throw 0;
}

inline const Control& get(const ControlList& controls, std::string_view id) {
  const Control* found = find_control(controls, id);
  INFO(id);
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace minidvr::controls
