// With the real v4l2-ctl on the virtual camera.
#include "bench.hpp"
#include "controls/automatics.hpp"
#include "virtual_camera.hpp"

#include <cerrno>
#include <cstring>

namespace minidvr::controls {
namespace {

using Catch::Matchers::Contains;

// Without those that were so already.
std::size_t changed_of(const ControlOutcomes& outcomes) {
  return static_cast<std::size_t>(
      std::count_if(outcomes.begin(), outcomes.end(),
                    [](const ControlOutcome& outcome) { return !outcome.was_so; }));
}

struct CameraBench {
  TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "camera";
  virtual_camera::VirtualCamera camera{path};
  ServiceBench service{virtual_camera_tool(path)};
};

Control integer(const char* id, const char* name, const char* category, std::int64_t min,
                std::int64_t max, std::int64_t step, std::int64_t value,
                std::vector<std::string> flags = {}) {
  Control c;
  c.id = id;
  c.name = name;
  c.type = ControlType::integer;
  c.listed_type = "int";
  c.value = c.default_value = ControlValue(value);
  c.min = min;
  c.max = max;
  c.step = step;
  c.category = category;
  c.flags = std::move(flags);
  return c;
}

Control boolean(const char* id, const char* name, const char* category, bool value,
                std::vector<std::string> flags = {}) {
  Control c;
  c.id = id;
  c.name = name;
  c.type = ControlType::boolean;
  c.listed_type = "bool";
  c.value = c.default_value = ControlValue(value);
  c.category = category;
  c.flags = std::move(flags);
  return c;
}

Control menu(const char* id, const char* name, const char* category, std::int64_t max,
             std::int64_t value, std::vector<MenuOption> options,
             std::vector<std::string> flags = {}) {
  Control c = integer(id, name, category, 0, max, 1, value, std::move(flags));
  c.type = ControlType::menu;
  c.listed_type = "menu";
  c.step.reset();
  c.options = std::move(options);
  return c;
}

// Held by an automatic until that has the value.
Control held(Control control, const char* owner, ControlValue until) {
  control.flags = {"inactive"};
  control.inactive_because = owner;
  control.inactive_until = std::move(until);
  return control;
}

ControlList expected() {
  const char* user = "User Controls";
  const char* cam = "Camera Controls";
  Control restore;
  restore.id = "restore_factory_settings";
  restore.name = "Restore Factory Settings";
  restore.type = ControlType::button;
  restore.listed_type = "button";
  restore.category = user;
  restore.flags = {"write-only", "execute-on-write"};
  return {
      integer("brightness", "Brightness", user, -64, 64, 1, 0),
      integer("contrast", "Contrast", user, 0, 64, 1, 32),
      integer("saturation", "Saturation", user, 0, 128, 1, 64),
      integer("hue", "Hue", user, -40, 40, 1, 0),
      boolean("white_balance_automatic", "White Balance Automatic", user, true, {"update"}),
      integer("gamma", "Gamma", user, 72, 500, 1, 100),
      integer("gain", "Gain", user, 0, 100, 1, 0),
      menu("power_line_frequency", "Power Line Frequency", user, 2, 1,
           {{0, "Disabled"}, {1, "50 Hz"}, {2, "60 Hz"}}),
      held(integer("white_balance_temperature", "White Balance Temperature", user, 2800, 6500, 10,
                   4600),
           "white_balance_automatic", false),
      integer("sharpness", "Sharpness", user, 0, 6, 1, 3),
      integer("backlight_compensation", "Backlight Compensation", user, 0, 2, 1, 1),
      restore,
      menu("auto_exposure", "Auto Exposure", cam, 3, 3,
           {{1, "Manual Mode"}, {3, "Aperture Priority Mode"}}, {"update"}),
      held(integer("exposure_time_absolute", "Exposure Time Absolute", cam, 1, 5000, 1, 157),
           "auto_exposure", std::int64_t{1}),
      boolean("exposure_dynamic_framerate", "Exposure Dynamic Framerate", cam, false),
      integer("pan_absolute", "Pan Absolute", cam, -36000, 36000, 3600, 0),
      integer("tilt_absolute", "Tilt Absolute", cam, -36000, 36000, 3600, 0),
      held(integer("focus_absolute", "Focus Absolute", cam, 0, 250, 5, 0),
           "focus_automatic_continuous", false),
      boolean("focus_automatic_continuous", "Focus Automatic Continuous", cam, true, {"update"}),
      integer("zoom_absolute", "Zoom Absolute", cam, 100, 500, 1, 100),
      boolean("privacy", "Privacy", cam, false, {"read-only"}),
  };
}

void check_equal(const ControlList& listed, const ControlList& wanted) {
  REQUIRE(listed.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    INFO(wanted[i].id);
    CHECK((listed[i] == wanted[i]));
  }
}

}  // namespace

TEST_CASE("every control of the virtual camera is read field by field",
          "[controls][virtual camera]") {
  CameraBench bench;
  check_equal(bench.service.list(), expected());
  auto recorded = parse_listing(read_fixture("v4l2-ctl-1.22.1-virtual-camera/listctrlsmenus.txt"));
  tell_owners(recorded.controls);
  CHECK(recorded.skipped_count == 0);
  check_equal(recorded.controls, expected());
}

TEST_CASE("an automatic and what it owns are set together, and what changes is announced",
          "[controls][virtual camera]") {
  CameraBench bench;
  auto& service = bench.service;
  service.list();
  const auto refused = service.set("exposure_time_absolute", 300);
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::wrong_state);
  CHECK_THAT(refused.error().detail, Contains("set auto_exposure to 1 (Manual Mode) first"));
  CHECK(bench.camera.counters().controls_refused == 0);

  const auto outcomes = service.loop().run(
      service->set_several({{"exposure_time_absolute", 300}, {"auto_exposure", 1}}));
  REQUIRE(outcomes.has_value());
  REQUIRE(outcomes->size() == 2);
  for (const auto& outcome : *outcomes)
    CHECK_FALSE(outcome.error);
  CHECK(outcomes->at(0).control->value == ControlValue(std::int64_t{300}));
  CHECK(bench.camera.control("exposure_time_absolute") == 300);
  REQUIRE(service.changed().size() == 2);
  CHECK(service.changed()[1].id == "exposure_time_absolute");
  CHECK(service.changed()[1].flags.empty());
  CHECK(service.changed()[1].inactive_because.empty());
}

TEST_CASE("a control that another process turned is explained", "[controls][virtual camera]") {
  CameraBench bench;
  auto& service = bench.service;
  bench.camera.set_control("auto_exposure", 1);
  service.list();
  bench.camera.set_control("auto_exposure", 3);
  const auto refused = service.set("exposure_time_absolute", 300);
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::wrong_state);
  CHECK_THAT(refused.error().detail, Contains("inactive while auto_exposure is 3"));
}

TEST_CASE("a reset leaves the virtual camera as it was made", "[controls][virtual camera]") {
  CameraBench bench;
  auto& service = bench.service;
  bench.camera.set_control("brightness", 5);
  bench.camera.set_control("focus_automatic_continuous", 0);
  bench.camera.set_control("focus_absolute", 50);
  const auto outcomes = service.loop().run(service->reset(std::nullopt));
  REQUIRE(outcomes.has_value());
  for (const auto& outcome : *outcomes)
    CHECK_FALSE(outcome.error);
  check_equal(service.list(), expected());
}

TEST_CASE("a reset writes nothing of what an automatic holds and will hold",
          "[controls][virtual camera]") {
  CameraBench bench;
  auto& service = bench.service;
  // As automatics leave them, whatever the defaults are.
  bench.camera.set_control("exposure_time_absolute", 1000);
  bench.camera.set_control("focus_absolute", 50);
  bench.camera.set_control("white_balance_temperature", 3000);
  bench.camera.set_control("brightness", 5);
  bench.camera.set_control("zoom_absolute", 200);
  const auto outcomes = service.loop().run(service->reset(std::nullopt));
  REQUIRE(outcomes.has_value());
  CHECK(changed_of(*outcomes) == 2);
  for (const auto& outcome : *outcomes)
    CHECK_FALSE(outcome.error);
  CHECK(bench.camera.control("brightness") == 0);
  CHECK(bench.camera.control("zoom_absolute") == 100);
  CHECK(bench.camera.control("exposure_time_absolute") == 1000);
  CHECK(bench.camera.control("auto_exposure") == 3);
  CHECK(bench.camera.counters().controls_set == 2);
  CHECK(bench.camera.counters().controls_refused == 0);

  // All is as a reset leaves it: the next one writes nothing.
  REQUIRE(service.loop().run(service->reset(std::nullopt)).has_value());
  CHECK(bench.camera.counters().controls_set == 2);
}

TEST_CASE("a reset fails at nothing that an automatic takes back on the way",
          "[controls][virtual camera]") {
  CameraBench bench;
  auto& service = bench.service;
  // By hand, at the default already: once the automatic is on it can not be set.
  bench.camera.set_control("auto_exposure", 1);
  bench.camera.set_control("exposure_time_absolute", 157);
  const auto outcomes = service.loop().run(service->reset(std::nullopt));
  REQUIRE(outcomes.has_value());
  for (const auto& outcome : *outcomes) {
    INFO(outcome.id);
    CHECK_FALSE(outcome.error);
  }
  CHECK(bench.camera.control("auto_exposure") == 3);
  CHECK(bench.camera.counters().controls_refused == 0);
}

TEST_CASE("settings survive unplugging and a restart", "[controls][virtual camera][slow]") {
  CameraBench bench;
  auto& service = bench.service;
  service.delivers(true);
  service.loop().run_for(milliseconds(300));
  service.loop().run(service->set_several({{"auto_exposure", 1}, {"exposure_time_absolute", 300}}));

  const auto as_set = [&] {
    return bench.camera.control("auto_exposure") == 1 &&
           bench.camera.control("exposure_time_absolute") == 300;
  };

  bench.camera.unplug();
  service.delivers(false);
  const auto gone = service.loop().run(service->list(true));
  REQUIRE(!gone);
  CHECK(gone.error().code == Errc::unavailable);
  bench.camera.plug();
  CHECK(bench.camera.control("auto_exposure") == 3);
  service.delivers(true);
  CHECK(service.loop().run_until(as_set));

  service.delivers(false);
  service.stop();
  bench.camera.reset();
  service.start();
  service.delivers(true);
  CHECK(service.loop().run_until(as_set));
}

TEST_CASE("what a preset finds so already is remembered, too", "[controls][virtual camera]") {
  CameraBench bench;
  auto& service = bench.service;
  bench.camera.set_control("brightness", 7);  // by another program
  REQUIRE(service.loop().run(service->save_preset("Day", Values{{"brightness", 7}})));
  const auto outcomes = service.loop().run(service->apply_preset("Day"));
  REQUIRE(outcomes.has_value());
  REQUIRE(outcomes->size() == 1);
  CHECK_FALSE(outcomes->front().error);
  CHECK(outcomes->front().control->value == ControlValue(std::int64_t{7}));
  CHECK(bench.camera.counters().controls_set == 0);
  service.stop();
  std::ifstream file(service.state_dir() / "controls.json");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  CHECK_THAT(text, Contains("\"brightness\": 7"));
}

TEST_CASE("remembered values of an older kernel are applied, and unknown ones kept",
          "[controls][virtual camera][slow]") {
  TemporaryFolder state;
  state.write("controls.json", R"({"version": 1, "cameras": [{"driver": "uvcvideo",
    "card": "Mini-DVR Virtual Camera", "bus": "virtual:minidvr-0",
    "values": {"exposure_auto": 1, "exposure_absolute": 77, "of_long_ago": 5}}]})");
  CameraBench bench;
  ServiceBench service(virtual_camera_tool(bench.path), state.path());
  service.delivers(true);
  CHECK(service.loop().run_until(
      [&] { return bench.camera.control("exposure_time_absolute") == 77; }));
  service.set("restore_factory_settings", true);  // which restored is not to be pressed again
  service.set("brightness", 3);
  service.stop();
  CHECK_THAT(state.read("controls.json"), !Contains("restore_factory_settings"));
  CHECK_THAT(state.read("controls.json"), Contains("\"of_long_ago\": 5"));
  CHECK_THAT(state.read("controls.json"), Contains("\"brightness\": 3"));
}

TEST_CASE("a control that fails costs itself alone", "[controls][virtual camera]") {
  const int error = GENERATE(EIO, EPIPE, ETIMEDOUT, EPROTO, ENXIO, EREMOTEIO);
  INFO(std::strerror(error));
  CameraBench bench;
  auto& service = bench.service;
  bench.camera.sicken_control("gain", error);

  const auto alone = service.set("gain", 3);
  REQUIRE(!alone);
  CHECK(alone.error().code == Errc::refused);
  CHECK(reason_of(alone.error()) == Reason::control_failed);
  CHECK_THAT(alone.error().detail,
             Contains("gain=3") && Contains(std::string(std::strerror(error))));

  const auto check_only_gain_failed = [&](const Result<ControlOutcomes>& outcomes) {
    REQUIRE(outcomes.has_value());
    for (const auto& outcome : *outcomes) {
      INFO(outcome.id);
      CHECK(outcome.error.has_value() == (outcome.id == "gain"));
    }
  };
  check_only_gain_failed(
      service.loop().run(service->set_several({{"brightness", 5}, {"gain", 7}, {"contrast", 9}})));
  CHECK(bench.camera.control("brightness") == 5);
  CHECK(bench.camera.control("contrast") == 9);

  REQUIRE(service.loop().run(
      service->save_preset("all", Values{{"brightness", 6}, {"gain", 8}, {"saturation", 10}})));
  check_only_gain_failed(service.loop().run(service->apply_preset("all")));
  CHECK(bench.camera.control("saturation") == 10);

  bench.camera.set_control("gain", 50);
  check_only_gain_failed(service.loop().run(service->reset(std::nullopt)));
  CHECK(bench.camera.control("brightness") == 0);
  CHECK(bench.camera.control("saturation") == 64);
}

TEST_CASE("a control whose value can not be read costs itself alone",
          "[controls][virtual camera]") {
  CameraBench bench;
  auto& service = bench.service;
  const auto well = service.list();
  bench.camera.set_control("zoom_absolute", 200);
  bench.camera.sicken_control("gain", EIO, true);
  // It is there, by its name, and says why no more of it is known.
  const auto listed = service.list();
  REQUIRE(listed.size() == well.size());
  const auto& failed = get(listed, "gain");
  CHECK(failed.name == "Gain");
  CHECK(failed.category == "User Controls");
  CHECK(failed.type == ControlType::other);
  CHECK(failed.value == std::nullopt);
  CHECK(failed.failure == std::strerror(EIO));
  CHECK(failed.inactive_because == kControlFailed);

  const auto check_failed = [&](const std::optional<Error>& error) {
    REQUIRE(error);
    CHECK(error->code == Errc::refused);
    CHECK(reason_of(*error) == Reason::control_failed);
    CHECK_THAT(error->detail, Contains("gain") && Contains(std::string(std::strerror(EIO))));
  };
  const auto check_only_gain_failed = [&](const Result<ControlOutcomes>& outcomes,
                                          std::size_t count) {
    REQUIRE(outcomes.has_value());
    CHECK(changed_of(*outcomes) == count);
    for (const auto& outcome : *outcomes) {
      INFO(outcome.id);
      if (outcome.id == "gain") {
        check_failed(outcome.error);
      } else {
        CHECK_FALSE(outcome.error);
      }
    }
  };
  check_failed(service.set("gain", 4).error());
  check_failed(service.loop().run(service->set("gain", std::nullopt)).error());
  check_only_gain_failed(
      service.loop().run(service->set_several({{"brightness", 5}, {"gain", 7}, {"contrast", 9}})),
      3);
  CHECK(bench.camera.control("brightness") == 5);
  CHECK(bench.camera.control("contrast") == 9);
  // What is asked for wrongly still holds back the whole batch.
  const auto wrong =
      service.loop().run(service->set_several({{"brightness", 6}, {"gain", 7}, {"contrast", 999}}));
  REQUIRE(wrong.has_value());
  CHECK(wrong->at(0).held_back);
  CHECK(bench.camera.control("brightness") == 5);

  REQUIRE(
      service.loop().run(service->save_preset("gain too", Values{{"gain", 8}, {"saturation", 7}})));
  check_only_gain_failed(service.loop().run(service->apply_preset("gain too")), 2);
  CHECK(bench.camera.control("saturation") == 7);
  REQUIRE(service.loop().run(service->save_preset("all", std::nullopt)));
  CHECK_FALSE(service.loop().run(service->presets().get("all"))->contains("gain"));
  check_only_gain_failed(service.loop().run(service->reset(std::nullopt)), 5);
  CHECK(bench.camera.control("brightness") == 0);
  CHECK(bench.camera.control("zoom_absolute") == 100);

  bench.camera.heal_controls();
  CHECK(service.list().size() == well.size());
  CHECK(service.set("gain", 4).has_value());
}

TEST_CASE("remembered values come back beside one that fails", "[controls][virtual camera][slow]") {
  const bool also_to_read = GENERATE(false, true);
  CAPTURE(also_to_read);
  CameraBench bench;
  auto& service = bench.service;
  service.loop().run(service->set_several({{"brightness", 5}, {"gain", 7}, {"contrast", 9}}));
  service.stop();
  bench.camera.reset();
  bench.camera.sicken_control("gain", ETIMEDOUT, also_to_read);
  service.start();
  service.delivers(true);
  CHECK(service.loop().run_until([&] {
    return bench.camera.control("brightness") == 5 && bench.camera.control("contrast") == 9;
  }));
  // It is kept for the day when the camera takes it again.
  service.delivers(false);
  service.stop();
  bench.camera.reset();
  service.start();
  service.delivers(true);
  CHECK(service.loop().run_until([&] { return bench.camera.control("gain") == 7; }));
}

// unit_tests "[measure]": not part of the suite, because the machine decides.
TEST_CASE("how long a reader waits, and how many runs a slider costs", "[.][measure]") {
  CameraBench bench;
  auto& service = bench.service;
  const auto median_ms = [&](bool refresh) {
    std::vector<double> times;
    for (int i = 0; i < 101; ++i) {
      const auto begin = Steady::now();
      service.list(refresh);
      times.push_back(to_seconds(Steady::now() - begin) * 1000);
    }
    std::nth_element(times.begin(), times.begin() + 50, times.end());
    return times[50];
  };
  const double fresh = median_ms(true);
  const double cached = median_ms(false);

  const auto runs_before = service->runs();
  int answered = 0;
  for (int i = 0; i < 300; ++i) {
    net::co_spawn(
        service.loop().executor(),
        [](ControlsService& controls, int value) -> Task<> {
          std::optional<boost::json::value> wanted(value);
          co_await controls.set("brightness", std::move(wanted));
        }(*service, i % 60),
        [&](const std::exception_ptr&) { ++answered; });
    service.loop().run_for(milliseconds(5000 / 300));
  }
  while (answered < 300)
    service.loop().run_for(milliseconds(10));
  CHECK(bench.camera.control("brightness") == 59);
  WARN("listing: fresh " << fresh << " ms, cached " << cached
                         << " ms; 300 sets in 5 s: " << service->runs() - runs_before << " runs, "
                         << service.changed().size() << " announcements");
}

}  // namespace minidvr::controls
