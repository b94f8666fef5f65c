#include "controls/write_plan.hpp"

#include "fixture.hpp"

namespace minidvr::controls {
namespace {

using Catch::Matchers::Contains;
using Words = std::vector<std::string>;

Words arguments(const Plan& plan) {
  Words words;
  for (const auto& write : plan.writes)
    words.push_back(write.argument());
  return words;
}

// Without what is so by the listing already.
Words changes(const Plan& plan) {
  Words words;
  for (const auto& write : plan.writes) {
    if (!write.if_needed()) words.push_back(write.argument());
  }
  return words;
}

std::string refusals(const Plan& plan) {
  std::string text;
  for (const auto& refusal : plan.refused) {
    text += refusal.id + " " + std::to_string(static_cast<int>(refusal.error->code)) + ";";
  }
  return text;
}

// The webcam with everything set by hand.
ControlList webcam_by_hand() {
  auto controls = webcam();
  for (auto& control : controls)
    std::erase(control.flags, "inactive");
  get(controls, "auto_exposure").value = ControlValue(std::int64_t{1});
  get(controls, "white_balance_automatic").value = ControlValue(false);
  get(controls, "focus_automatic_continuous").value = ControlValue(false);
  return controls;
}

}  // namespace

TEST_CASE("automatics are set before what they release", "[controls][plan]") {
  const auto plan = plan_batch(webcam(), {{"exposure_time_absolute", 300},
                                          {"focus_absolute", 10},
                                          {"brightness", 5},
                                          {"focus_automatic_continuous", false},
                                          {"auto_exposure", 1}});
  CHECK(refusals(plan).empty());
  CHECK(arguments(plan) == Words{"auto_exposure=1", "focus_automatic_continuous=0", "brightness=5",
                                 "exposure_time_absolute=300", "focus_absolute=10"});
}

TEST_CASE("a batch names every reason for which it is refused", "[controls][plan]") {
  const auto plan = plan_batch(webcam(), {{"brightness", 5},
                                          {"hue", 99},
                                          {"nosuch", 1},
                                          {"exposure_time_absolute", 300},
                                          {"privacy", true}});
  CHECK(refusals(plan) == "hue 422;nosuch 404;exposure_time_absolute 409;privacy 409;");
}

TEST_CASE("a batch that takes away what it sets is refused", "[controls][plan]") {
  const auto plan =
      plan_batch(webcam_by_hand(), {{"auto_exposure", 3}, {"exposure_time_absolute", 300}});
  CHECK(refusals(plan) == "exposure_time_absolute 409;");
  CHECK_THAT(plan.refused.front().error->detail, Contains("auto_exposure is 3"));
}

TEST_CASE("a batch uses the camera's own names only", "[controls][plan]") {
  CHECK(refusals(plan_batch(webcam(), {{"exposure_auto", 1}})) == "exposure_auto 404;");
}

TEST_CASE("wanted values find their controls by old names and skip what is so already",
          "[controls][plan]") {
  const auto plan = plan_stored(webcam(), {{"exposure_auto", 1},
                                           {"exposure_absolute", 300},
                                           {"brightness", 10},
                                           {"gone", 1},
                                           {"hue", "--all"}});
  CHECK(changes(plan) == Words{"auto_exposure=1", "exposure_time_absolute=300"});
  CHECK(refusals(plan) == "gone 404;hue 422;");
  CHECK(arguments(plan) == Words{"auto_exposure=1", "brightness=10", "exposure_time_absolute=300"});
}

TEST_CASE("of a control stored under two names the camera's name counts", "[controls][plan]") {
  const auto plan = plan_stored(webcam(), {{"auto_exposure", 1}, {"exposure_auto", 3}});
  CHECK(changes(plan) == Words{"auto_exposure=1"});
}

TEST_CASE("a wanted value that its automatic owns now is left out alone", "[controls][plan]") {
  const auto plan = plan_stored(webcam(), {{"exposure_time_absolute", 300}, {"brightness", 3}});
  CHECK(changes(plan) == Words{"brightness=3"});
  CHECK(refusals(plan) == "exposure_time_absolute 409;");
}

TEST_CASE("an equal value is set again when its automatic is only now released",
          "[controls][plan]") {
  const auto plan = plan_stored(webcam(), {{"auto_exposure", 1}, {"exposure_time_absolute", 200}});
  CHECK(changes(plan) == Words{"auto_exposure=1", "exposure_time_absolute=200"});
}

TEST_CASE("a preset of now keeps what a person can set now", "[controls][plan]") {
  const auto values = current_values(webcam());
  CHECK(values.size() == 8);
  CHECK(values.contains("brightness"));
  CHECK(values.contains("auto_exposure"));
  CHECK_FALSE(values.contains("exposure_time_absolute"));
  CHECK_FALSE(values.contains("privacy"));
  const auto of_vivid = current_values(vivid());
  CHECK(of_vivid.contains("string"));
  CHECK_FALSE(of_vivid.contains("button"));
  CHECK_FALSE(of_vivid.contains("area"));
}

TEST_CASE("a reset leaves alone what an automatic holds and will hold", "[controls][plan][reset]") {
  const auto plan = plan_reset(webcam(), std::nullopt);
  REQUIRE(plan.has_value());
  CHECK(refusals(*plan).empty());
  CHECK(changes(*plan) == Words{"brightness=0", "gain=0"});
}

TEST_CASE("a reset to an automatic that is off sets what it releases", "[controls][plan][reset]") {
  auto controls = webcam();
  get(controls, "auto_exposure").default_value = ControlValue(std::int64_t{1});
  const auto plan = plan_reset(controls, std::nullopt);
  REQUIRE(plan.has_value());
  CHECK(refusals(*plan).empty());
  CHECK(changes(*plan) ==
        Words{"auto_exposure=1", "brightness=0", "gain=0", "exposure_time_absolute=157"});
}

TEST_CASE("a reset of controls set by hand ends with the automatics on",
          "[controls][plan][reset]") {
  const auto plan = plan_reset(webcam_by_hand(), std::nullopt);
  REQUIRE(plan.has_value());
  CHECK(changes(*plan) == Words{"brightness=0", "gain=0", "white_balance_temperature=4600",
                                "exposure_time_absolute=157", "white_balance_automatic=1",
                                "auto_exposure=3", "focus_automatic_continuous=1"});
}

TEST_CASE("a reset of one category leaves the others as they are", "[controls][plan][reset]") {
  auto controls = webcam();
  get(controls, "exposure_time_absolute").category = "Time";
  get(controls, "auto_exposure").default_value = ControlValue(std::int64_t{1});
  const auto held = plan_reset(controls, "Time");
  REQUIRE(held.has_value());
  CHECK(refusals(*held).empty());
  CHECK(changes(*held).empty());
  get(controls, "exposure_time_absolute").flags.clear();
  get(controls, "auto_exposure").value = ControlValue(std::int64_t{1});
  const auto plan = plan_reset(controls, "Time");
  REQUIRE(plan.has_value());
  CHECK(changes(*plan) == Words{"exposure_time_absolute=157"});
  const auto unknown = plan_reset(controls, "Nosuch");
  REQUIRE(!unknown);
  CHECK(unknown.error().code == Errc::refused);
  CHECK_THAT(unknown.error().detail, Contains("User Controls, Camera Controls, Time"));
}

TEST_CASE("what is so keeps its place in the order", "[controls][plan]") {
  auto controls = webcam_by_hand();
  // By what is asked for already and waits, the automatic may be on by then.
  const auto stored =
      plan_stored(controls, {{"exposure_time_absolute", 300}, {"auto_exposure", 1}, {"hue", 0}});
  CHECK(arguments(stored) == Words{"auto_exposure=1", "hue=0", "exposure_time_absolute=300"});
  CHECK(changes(stored) == Words{"exposure_time_absolute=300"});

  get(controls, "auto_exposure").default_value = ControlValue(std::int64_t{3});
  get(controls, "exposure_time_absolute").value = ControlValue(std::int64_t{157});
  const auto reset = plan_reset(controls, "Camera Controls");
  REQUIRE(reset.has_value());
  CHECK(arguments(*reset) == Words{"exposure_time_absolute=157", "exposure_dynamic_framerate=0",
                                   "focus_absolute=0", "auto_exposure=3",
                                   "focus_automatic_continuous=1"});
  CHECK(changes(*reset) == Words{"auto_exposure=3", "focus_automatic_continuous=1"});
}

TEST_CASE("what is so is fine although it can not be set now", "[controls][plan]") {
  auto controls = webcam();
  get(controls, "brightness").flags = {"grabbed"};
  CHECK(refusals(plan_stored(controls, {{"brightness", 10}})).empty());
  CHECK(refusals(plan_stored(controls, {{"brightness", 11}})) == "brightness 409;");
}

TEST_CASE("a movement is neither kept nor made again", "[controls][plan]") {
  auto controls = webcam();
  get(controls, "brightness").flags = {"write-only"};
  get(controls, "hue").flags = {"execute-on-write"};
  const auto values = current_values(controls);
  CHECK_FALSE(values.contains("brightness"));
  CHECK_FALSE(values.contains("hue"));
  CHECK(values.contains("gain"));
  CHECK((lasting_values(controls, {{"brightness", 1}, {"gain", 2}, {"hue", 3}, {"gone", 4}}) ==
         Values{{"gain", 2}, {"gone", 4}}));
  const auto reset = plan_reset(controls, std::nullopt);
  REQUIRE(reset.has_value());
  CHECK(changes(*reset) == Words{"gain=0"});
}

TEST_CASE("a reset says what it can not reset", "[controls][plan][reset]") {
  auto controls = vivid();
  get(controls, "volume").value = ControlValue(std::int64_t{5});
  get(controls, "volume").flags = {"grabbed"};
  const auto plan = plan_reset(controls, std::nullopt);
  REQUIRE(plan.has_value());
  CHECK(refusals(*plan) == "volume 409;");
  CHECK(changes(*plan).empty());  // gain is the automatic's
}

TEST_CASE("a reset says nothing of what can not be otherwise", "[controls][plan][reset]") {
  auto controls = vivid();
  get(controls, "dv_timings").value = ControlValue(std::int64_t{5});  // held by nobody knows whom
  auto& at_default = get(controls, "volume");
  at_default.value = at_default.default_value = ControlValue(std::int64_t{-7});
  get(controls, "gain").default_value = ControlValue(std::int64_t{999});  // the automatic's
  auto plan = plan_reset(controls, std::nullopt);
  REQUIRE(plan.has_value());
  CHECK(refusals(*plan).empty());
  CHECK(changes(*plan).empty());

  at_default.value = ControlValue(std::int64_t{7});  // now a reset would have to do something
  plan = plan_reset(controls, std::nullopt);
  REQUIRE(plan.has_value());
  CHECK(refusals(*plan) == "volume 422;");
}

}  // namespace minidvr::controls
