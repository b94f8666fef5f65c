#include "controls/automatics.hpp"

#include "fixture.hpp"

namespace minidvr::controls {
namespace {

std::string owner_name(const ControlList& controls, const std::string& id) {
  const auto owner = owner_of(controls, get(controls, id));
  return owner ? owner->automatic->id : "";
}

}  // namespace

TEST_CASE("what is inactive belongs to an automatic", "[controls][automatics]") {
  const auto controls = webcam();
  CHECK(owner_name(controls, "exposure_time_absolute") == "auto_exposure");
  CHECK(owner_name(controls, "white_balance_temperature") == "white_balance_automatic");
  CHECK(owner_name(controls, "focus_absolute") == "focus_automatic_continuous");
  CHECK(owner_name(controls, "brightness") == "");
  CHECK(owner_name(controls, "auto_exposure") == "");
  CHECK(owner_name(vivid(), "gain") == "gain_automatic");
  CHECK(owner_name(vivid(), "dv_timings") == "");
}

TEST_CASE("old kernel names have the same owners", "[controls][automatics]") {
  auto controls = webcam();
  get(controls, "auto_exposure").id = "exposure_auto";
  get(controls, "exposure_time_absolute").id = "exposure_absolute";
  CHECK(owner_name(controls, "exposure_absolute") == "exposure_auto");
}

TEST_CASE("an automatic says what releases its control", "[controls][automatics]") {
  auto controls = webcam();
  const auto release = [&](const std::string& id) {
    return *owner_of(controls, get(controls, id))->release();
  };
  CHECK(release("exposure_time_absolute") == ControlValue(std::int64_t{1}));
  CHECK(release("focus_absolute") == ControlValue(false));
  // A camera without a manual mode, but with shutter priority, where the time is set by hand too.
  get(controls, "auto_exposure").options = {{0, "Auto Mode"}, {2, "Shutter Priority Mode"}};
  get(controls, "auto_exposure").value = ControlValue(std::int64_t{0});
  CHECK(release("exposure_time_absolute") == ControlValue(std::int64_t{2}));
}

TEST_CASE("the gain belongs to the exposure only where the flags show it",
          "[controls][automatics]") {
  auto controls = webcam();
  CHECK(owner_name(controls, "gain") == "");
  get(controls, "auto_exposure").value = ControlValue(std::int64_t{1});
  CHECK(owner_name(controls, "gain") == "");
  get(controls, "auto_exposure").value = ControlValue(std::int64_t{3});
  get(controls, "gain").flags = {"inactive"};
  CHECK(owner_name(controls, "gain") == "auto_exposure");
}

TEST_CASE("names that no table knows are found by how they are formed", "[controls][automatics]") {
  auto controls = webcam();
  get(controls, "brightness").id = "lamp_absolute";
  get(controls, "exposure_dynamic_framerate").id = "lamp_automatic";
  CHECK(owner_name(controls, "lamp_absolute") == "lamp_automatic");
  CHECK(is_automatic(controls, get(controls, "lamp_automatic")));
}

TEST_CASE("automatics are known even while they own nothing", "[controls][automatics]") {
  auto controls = webcam();
  for (auto& control : controls)
    std::erase(control.flags, "inactive");
  CHECK(is_automatic(controls, get(controls, "auto_exposure")));
  CHECK(is_automatic(controls, get(controls, "white_balance_automatic")));
  CHECK_FALSE(is_automatic(controls, get(controls, "exposure_time_absolute")));
  CHECK_FALSE(is_automatic(controls, get(controls, "privacy")));
}

TEST_CASE("each inactive control is told with who decides it, and until when",
          "[controls][automatics]") {
  auto controls = webcam();
  get(controls, "hue").flags = {"grabbed"};
  tell_owners(controls);
  const auto& exposure = get(controls, "exposure_time_absolute");
  CHECK(exposure.inactive_because == "auto_exposure");
  CHECK(exposure.inactive_until == ControlValue(std::int64_t{1}));
  CHECK(get(controls, "focus_absolute").inactive_because == "focus_automatic_continuous");
  CHECK(get(controls, "focus_absolute").inactive_until == ControlValue(false));
  CHECK(get(controls, "hue").inactive_because == kInUse);
  for (const char* id : {"brightness", "auto_exposure", "privacy"}) {
    INFO(id);
    CHECK(get(controls, id).inactive_because.empty());
    CHECK(get(controls, id).inactive_until == std::nullopt);
  }
  auto others = vivid();
  tell_owners(others);
  CHECK(get(others, "dv_timings").inactive_because == kAnotherControl);
  CHECK(get(others, "dv_timings").inactive_until == std::nullopt);
  CHECK_FALSE(is_control_id(kAnotherControl));
  CHECK_FALSE(is_control_id(kInUse));
}

TEST_CASE("an unknown owner is not made up", "[controls][automatics]") {
  const auto controls = vivid();
  CHECK(why_not_settable(controls, get(controls, "dv_timings")) ==
        "dv_timings is inactive: another control overrides it");
  CHECK(why_not_settable(controls, get(controls, "brightness")) == std::nullopt);
}

}  // namespace minidvr::controls
