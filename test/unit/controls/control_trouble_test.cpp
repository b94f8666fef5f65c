// Controls that hang, fail or are gone, movements, and cameras that come in each other's place.
#include "bench.hpp"
#include "support/captured_stderr.hpp"
#include "support/result_text.hpp"

#include <atomic>
#include <csignal>
#include <thread>

#include <fmt/format.h>

namespace minidvr::controls {
namespace {

using Catch::Matchers::Contains;

// What is wrong with it is in files: sits (it does not end when it is killed, as in a driver: in
// another group it does not hear what is sent to its own), hangs.ID (with "all" in it the camera
// hangs from then on), unread.ID, flags.ID; ids are those of its controls, card and bus who it is;
// gone, and it is.
constexpr const char* kTroubled = R"sh(status=0
say() { cat "$1" 2> /dev/null || echo "$2"; }
ids=$(say ids "brightness gain sharpness")
if [ -e gone ]; then echo "Cannot open device /dev/fake, exiting." >&2; exit 1; fi
for argument in "$@"; do
  case "$argument" in
    --set-ctrl=*)
      pair="${argument#*=}"
      id="${pair%%=*}"
      case " $ids " in *" $id "*) ;; *) echo "unknown control '$id'" >&2; exit 1 ;; esac
      if [ -e "hangs.$id" ]; then
        if [ "$(cat "hangs.$id")" = all ]; then touch hangs; fi
        exec sleep 600
      fi
      echo "${pair#*=}" > "value.$id" ;;
    --list-ctrls-menus)
      if [ -e hangs ]; then exec sleep 600; fi
      if [ -e sits ]; then echo $$ > sitting; exec perl -e 'setpgrp 0, getpgrp getppid; sleep 600'; fi
      printf '\nUser Controls\n\n'
      for id in $ids; do
        if [ -e "unread.$id" ]; then echo "error 5 getting ctrl $id"; continue; fi
        echo "  $id 0x00980900 (int) : min=-9 max=9 step=1 default=0 value=$(say "value.$id" 0)$(say "flags.$id")"
      done ;;
    --info)
      printf 'Driver Info:\n\tDriver name : fake\n\tCard type : %s\n\tBus info : %s\n' \
        "$(say card Fake)" "$(say bus usb-1)" ;;
  esac
done
exit $status)sh";

// Of one run where some hang: a shell may take a second.
constexpr seconds kShortLimit{5};

struct TroubledBench {
  explicit TroubledBench(seconds limit = seconds(10), StateGate state_gate = {})
      : service{tool.tool(limit), state.path(), seconds(1), std::move(state_gate)} {}

  void make(const char* file, const std::string& text = {}) { tool.folder().write(file, text); }
  void heal(const char* file) { std::filesystem::remove(tool.folder().path() / file); }
  std::string value(const std::string& id) { return tool.folder().read("value." + id); }
  bool wrote(const std::string& id) {
    const auto log = tool.log();
    return std::any_of(log.begin(), log.end(), [&](const auto& run) {
      return run.find("--set-ctrl=" + id) != std::string::npos;
    });
  }
  // What is remembered of a camera, after the service was stopped.
  Values remembered(const std::string& card, const std::string& bus = "usb-1") {
    const auto cameras = parse_remembered(state.read("controls.json")).content;
    const auto found = cameras.find(CameraIdentity{"fake", card, bus});
    return found == cameras.end() ? Values() : found->second.values;
  }

  TemporaryFolder state;
  FakeTool tool{kTroubled};
  ServiceBench service;
};

std::string remembered_of(const std::string& bus, const std::string& values) {
  return fmt::format(R"({{"driver": "fake", "card": "Fake", "bus": "{}", "values": {}}})", bus,
                     values);
}
std::string remembered_file(const std::string& entries) {
  return R"({"version": 1, "cameras": [)" + entries + "]}";
}

Task<> flush(RememberedValues& values) {
  co_await values.flush();
}

}  // namespace

TEST_CASE("a control that does not answer costs itself alone", "[controls][device][slow]") {
  TroubledBench bench(kShortLimit);
  bench.make("hangs.gain");
  const auto outcomes = bench.service.loop().run(
      bench.service->set_several({{"brightness", 5}, {"gain", 7}, {"sharpness", 3}}));
  REQUIRE(outcomes.has_value());
  REQUIRE(outcomes->size() == 3);
  for (const auto& outcome : *outcomes) {
    INFO(outcome.id);
    CHECK(outcome.error.has_value() == (outcome.id == "gain"));
    CHECK(outcome.control);
  }
  CHECK(outcomes->at(1).error->code == Errc::refused);
  CHECK(reason_of(*outcomes->at(1).error) == Reason::control_failed);
  CHECK_THAT(outcomes->at(1).error->detail, Contains("gain=7: it did not answer within 5 s"));
  CHECK(bench.value("sharpness") == "3\n");
  bench.service.stop();
  CHECK((bench.remembered("Fake") == Values{{"brightness", 5}, {"sharpness", 3}}));
}

TEST_CASE("a single control that does not answer is one that fails, and not the camera",
          "[controls][device][slow]") {
  TroubledBench bench(kShortLimit);
  bench.make("hangs.gain");
  const auto set = bench.service.set("gain", 7);
  REQUIRE(!set);
  CHECK(reason_of(set.error()) == Reason::control_failed);
  CHECK(bench.service.list().size() == 3);
}

TEST_CASE("what was done before the camera hung is told and remembered",
          "[controls][device][slow]") {
  TroubledBench bench(kShortLimit);
  bench.make("hangs.gain", "all");
  const auto outcomes = bench.service.loop().run(
      bench.service->set_several({{"brightness", 5}, {"gain", 7}, {"sharpness", 3}}));
  REQUIRE(outcomes.has_value());
  REQUIRE(outcomes->size() == 3);
  CHECK_FALSE(outcomes->at(0).error);
  CHECK_FALSE(outcomes->at(0).control);  // how it is now nobody knows
  REQUIRE(outcomes->at(1).error);
  CHECK(reason_of(*outcomes->at(1).error) == Reason::control_failed);
  REQUIRE(outcomes->at(2).error);
  CHECK(reason_of(*outcomes->at(2).error) == Reason::no_camera);
  CHECK_FALSE(bench.wrote("sharpness"));  // nobody waits for it, too
  bench.service.stop();
  CHECK((bench.remembered("Fake") == Values{{"brightness", 5}}));
}

TEST_CASE("who asks while v4l2-ctl sits in the driver is answered, and at once after the first",
          "[controls][device][slow]") {
  TroubledBench bench(kShortLimit);
  bench.make("sits");
  const auto list = [&bench] { return bench.service.loop().run(bench.service->list(true)); };
  const auto first = list();
  const auto began = Steady::now();
  const auto second = list();
  const auto set = bench.service.set("brightness", 5);
  const auto took = Steady::now() - began;
  const auto runs = bench.tool.runs();
  bench.heal("sits");
  ::kill(std::stoi(bench.tool.folder().read("sitting")), SIGKILL);
  for (const auto& error : {first.error(), second.error(), set.error()}) {
    CHECK(error.code == Errc::unavailable);
    CHECK(reason_of(error) == Reason::no_camera);
  }
  CHECK_THAT(second.error().detail, Contains("still hangs in the driver of /dev/fake"));
  CHECK(took < kShortLimit);
  CHECK(runs == 1);
  CHECK(bench.service.loop().run_until([&] { return list().has_value(); }));
}

TEST_CASE("a control that is gone takes no other along", "[controls][device]") {
  TroubledBench bench;
  bench.service.list();
  bench.make("ids", "gain sharpness");
  const auto set = bench.service.set("brightness", 5);
  REQUIRE(!set);
  CHECK(set.error().code == Errc::not_found);
  const auto listed = bench.service.loop().run(bench.service->list(false));
  REQUIRE(listed.has_value());
  CHECK((*listed)->size() == 2);
}

TEST_CASE("controls that all fail are listed, each with its failure", "[controls][device]") {
  TroubledBench bench;
  for (const char* file : {"unread.brightness", "unread.gain", "unread.sharpness"})
    bench.make(file);
  const auto listed = bench.service.list();
  REQUIRE(listed.size() == 3);
  for (const auto& control : listed)
    CHECK(control.failure == "Input/output error");
}

TEST_CASE("a movement is not remembered, and not made again where it was",
          "[controls][device][slow]") {
  TroubledBench bench;
  bench.make("ids", "brightness pan_speed pan_relative");
  bench.make("flags.pan_speed", " flags=write-only");
  bench.make("flags.pan_relative", " flags=write-only, execute-on-write");
  REQUIRE(bench.service.set("brightness", 4));
  REQUIRE(bench.service.set("pan_speed", 1));
  const auto moved =
      bench.service.loop().run(bench.service->set_several({{"pan_relative", 2}, {"pan_speed", 0}}));
  REQUIRE(moved.has_value());
  CHECK(bench.value("pan_relative") == "2\n");
  bench.service.stop();
  CHECK((bench.remembered("Fake") == Values{{"brightness", 4}}));

  bench.state.write("controls.json",
                    remembered_file(remembered_of(
                        "usb-1", R"({"pan_speed": 1, "brightness": 8, "pan_relative": 2})")));
  bench.make("log");
  bench.service.start();
  bench.service.delivers(true);
  CHECK(bench.service.loop().run_until([&] { return bench.value("brightness") == "8\n"; }));
  bench.service.loop().run_for(seconds(3));  // it is looked at some times
  CHECK_FALSE(bench.wrote("pan_"));
}

TEST_CASE("what is set on another camera is remembered as that one's", "[controls][device][slow]") {
  TroubledBench bench;
  const std::string how =
      GENERATE(as<std::string>{}, "nobody looked", "a listing failed", "pictures ended");
  CAPTURE(how);
  bench.service.delivers(true);
  bench.service.loop().run_for(milliseconds(600));
  REQUIRE(bench.service.set("brightness", 5));
  if (how == "a listing failed") {
    bench.make("gone");
    CHECK(!bench.service.loop().run(bench.service->list(true)));
    bench.heal("gone");
  }
  if (how == "nobody looked") bench.service.loop().run_for(milliseconds(1100));
  if (how == "pictures ended") {
    bench.service.delivers(false);
    bench.service.loop().run_for(milliseconds(600));
  }
  bench.make("card", "Other");
  if (how != "nobody looked") bench.service.list();
  REQUIRE(bench.service.set("brightness", 7));
  bench.service.stop();
  CHECK((bench.remembered("Fake") == Values{{"brightness", 5}}));
  CHECK((bench.remembered("Other") == Values{{"brightness", 7}}));
}

TEST_CASE("a camera is asked again who it is when its path or its controls are others",
          "[controls][device]") {
  FakeTool fake(kTroubled);
  Loop loop;
  TaskGroup tasks(loop.executor());
  auto tool = fake.tool();
  std::string path = "/dev/fake";
  tool.device = [&path] { return path; };
  ControlDevice device(loop.executor(), tasks, tool);
  tasks.spawn("device", device.run());
  const auto card = [&] { return loop.run(device.identify()).value().card; };
  REQUIRE(loop.run(device.list(kFresh)).has_value());
  CHECK(card() == "Fake");
  fake.folder().write("card", "Other");
  CHECK(card() == "Fake");  // one run is enough
  path = "/dev/other";
  CHECK(card() == "Other");
  fake.folder().write("card", "Third");
  fake.folder().write("ids", "brightness");
  REQUIRE(loop.run(device.list(kFresh)).has_value());
  CHECK(card() == "Third");
  tasks.cancel();
  loop.run(tasks.join());
}

TEST_CASE("settings follow a camera to another bus", "[controls][device][slow]") {
  TroubledBench bench;
  bench.state.write("controls.json",
                    remembered_file(remembered_of("usb-1", R"({"brightness": 8})")));
  bench.make("bus", "usb-2");
  bench.service.delivers(true);
  CHECK(bench.service.loop().run_until([&] { return bench.value("brightness") == "8\n"; }));
  REQUIRE(bench.service.set("gain", 3));
  bench.service.stop();
  CHECK((bench.remembered("Fake", "usb-2") == Values{{"brightness", 8}, {"gain", 3}}));
  CHECK((bench.remembered("Fake", "usb-1") == Values{{"brightness", 8}}));

  // What is reset there stays so.
  bench.service.start();
  REQUIRE(bench.service.loop().run(bench.service->reset(std::nullopt)).has_value());
  bench.service.stop();
  bench.service.start();
  bench.service.delivers(false);
  bench.service.loop().run_for(milliseconds(600));
  bench.service.delivers(true);
  bench.service.loop().run_for(milliseconds(1500));
  CHECK(bench.value("brightness") == "0\n");
}

TEST_CASE("what is remembered on a disk that comes later than the pictures is set then",
          "[controls][device][slow]") {
  std::atomic<bool> is_there = false;
  TroubledBench bench(seconds(10), [&is_there]() -> Result<> {
    if (is_there) return {};
    return make_error(Errc::unavailable, "not mounted", Reason::wrong_folder);
  });
  bench.state.write("controls.json",
                    remembered_file(remembered_of("usb-1", R"({"brightness": 8, "gain": 3})")));
  const bool was_set_before = GENERATE(false, true);
  bench.service.delivers(true);
  bench.service.loop().run_for(seconds(1));
  // Nobody knows whether there is anything to set.
  CHECK(bench.tool.log().empty());
  if (was_set_before) REQUIRE(bench.service.set("gain", 5));
  is_there = true;
  CHECK(bench.service.loop().run_until([&] { return bench.value("brightness") == "8\n"; }));
  const std::string gain = was_set_before ? "5\n" : "3\n";
  CHECK(bench.service.loop().run_until([&] { return bench.value("gain") == gain; }));
}

TEST_CASE("what is remembered is set once a v4l2-ctl that sat in the driver has ended",
          "[controls][device][slow]") {
  TroubledBench bench(kShortLimit);
  bench.state.write("controls.json",
                    remembered_file(remembered_of("usb-1", R"({"brightness": 8})")));
  bench.make("sits");
  {
    const test::CapturedStderr captured;
    bench.service.delivers(true);
    CHECK(bench.service.loop().run_until(
        [&] {
          return captured.text().find("remembered settings are not applied") != std::string::npos;
        },
        seconds(30)));
  }
  bench.heal("sits");
  ::kill(std::stoi(bench.tool.folder().read("sitting")), SIGKILL);
  CHECK(bench.service.loop().run_until([&] { return bench.value("brightness") == "8\n"; },
                                       seconds(30)));
}

TEST_CASE("what was set is saved at the end also where the disk came just then",
          "[controls][remembered]") {
  const TemporaryFolder state;
  const FakeTool fake(kTroubled);
  Loop loop;
  TaskGroup tasks(loop.executor());
  ControlDevice device(loop.executor(), tasks, fake.tool());
  std::atomic<bool> is_asked = false;
  std::atomic<bool> answers = false;
  RememberedValues values(loop.executor(), loop.pool(), device, state.path(), [&]() -> Result<> {
    is_asked = true;
    while (!answers)
      std::this_thread::sleep_for(milliseconds(5));
    return {};
  });
  const Values set = {{"brightness", 5}};
  values.remember(CameraIdentity{"fake", "Fake", "usb-1"}, set);
  tasks.spawn("flush", flush(values));
  REQUIRE(loop.run_until([&] { return is_asked.load(); }));
  tasks.cancel();
  answers = true;
  loop.run(tasks.join());
  CHECK(loop.run(values.flush()));
  CHECK_THAT(state.read("controls.json"), Contains("\"brightness\": 5"));
}

TEST_CASE("a third bus gets what was set last on any of the others", "[controls][device][slow]") {
  TroubledBench bench;
  const auto plug_in = [&bench](const std::string& bus) {
    bench.service.stop();
    bench.make("bus", bus);
    bench.heal("value.brightness");  // it forgets
    bench.service.delivers(true);
    bench.service.start();
  };
  const auto has = [&bench](const std::string& brightness) {
    return bench.service.loop().run_until(
        [&] { return bench.value("brightness") == brightness + "\n"; });
  };
  plug_in("usb-1");
  REQUIRE(bench.service.set("brightness", 2));
  plug_in("usb-2");
  CHECK(has("2"));
  REQUIRE(bench.service.set("brightness", 5));
  plug_in("usb-3");
  CHECK(has("5"));
  plug_in("usb-1");
  CHECK(has("2"));  // it may be another camera
  REQUIRE(bench.service.set("brightness", 3));
  plug_in("usb-4");
  CHECK(has("3"));
}

TEST_CASE("what was reset stays so, also where it is not known what was set last elsewhere",
          "[controls][device][slow]") {
  TroubledBench bench;
  // Of an older version, which noted no order.
  bench.state.write("controls.json",
                    remembered_file(remembered_of("usb-1", R"({"brightness": 2})") + ',' +
                                    remembered_of("usb-2", R"({"brightness": 5})") + ',' +
                                    remembered_of("usb-3", R"({"brightness": 8})")));
  bench.make("bus", "usb-3");
  bench.service.delivers(true);
  CHECK(bench.service.loop().run_until([&] { return bench.value("brightness") == "8\n"; }));
  REQUIRE(bench.service.loop().run(bench.service->reset(std::nullopt)).has_value());
  bench.service.stop();
  bench.make("bus", "usb-1");
  bench.service.start();
  REQUIRE(bench.service.set("brightness", 3));
  bench.service.stop();
  bench.make("bus", "usb-3");
  bench.make("value.brightness", "0\n");
  bench.service.start();
  bench.service.loop().run_for(milliseconds(1500));
  CHECK(bench.value("brightness") == "0\n");
  bench.service.stop();
  CHECK(bench.remembered("Fake", "usb-3").empty());
  CHECK((bench.remembered("Fake", "usb-1") == Values{{"brightness", 3}}));
}

TEST_CASE("that a camera is one too many to be remembered is said", "[controls][device]") {
  TroubledBench bench;
  std::string entries;
  for (std::size_t i = 0; i < kMostRememberedCameras; ++i) {
    entries += (i == 0 ? "" : ", ") + fmt::format(R"({{"driver": "d", "card": "c{}", "bus": "b",
      "values": {{"hue": 1}}}})",
                                                  i);
  }
  bench.service.stop();
  bench.state.write("controls.json", remembered_file(entries));
  bench.service.start();
  const test::CapturedStderr captured;
  REQUIRE(bench.service.set("brightness", 5));
  bench.service.stop();
  CHECK_THAT(captured.text(), Contains("is not remembered: that of 100 cameras is already"));
}

}  // namespace minidvr::controls
