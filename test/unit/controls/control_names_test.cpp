#include "controls/control_names.hpp"

#include "fixture.hpp"

namespace minidvr::controls {

TEST_CASE("old and new kernel names are one control", "[controls][names]") {
  CHECK(is_same_control("exposure_auto", "auto_exposure"));
  CHECK(is_same_control("exposure_absolute", "exposure_time_absolute"));
  CHECK(is_same_control("focus_auto", "focus_automatic_continuous"));
  CHECK(is_same_control("white_balance_temperature_auto", "white_balance_automatic"));
  CHECK(is_same_control("exposure_auto_priority", "exposure_dynamic_framerate"));
  CHECK(is_same_control("brightness", "brightness"));
  CHECK_FALSE(is_same_control("exposure_auto", "exposure_absolute"));
  CHECK_FALSE(is_same_control("brightness", "contrast"));
  CHECK_FALSE(is_same_control("", "auto_exposure"));
}

TEST_CASE("a control is found by either name, and its own name goes first", "[controls][names]") {
  auto controls = webcam();
  CHECK(find_control_by_any_name(controls, "exposure_auto")->id == "auto_exposure");
  CHECK(find_control_by_any_name(controls, "auto_exposure")->id == "auto_exposure");
  CHECK(find_control_by_any_name(controls, "nosuch") == nullptr);
  CHECK(find_control_by_any_name(controls, "") == nullptr);
  Control both = get(controls, "brightness");
  both.id = "exposure_auto";
  controls.push_back(both);
  CHECK(find_control_by_any_name(controls, "exposure_auto")->id == "exposure_auto");
}

}  // namespace minidvr::controls
