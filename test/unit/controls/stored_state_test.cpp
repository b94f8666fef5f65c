#include "controls/stored_values.hpp"
#include "fixture.hpp"

namespace minidvr::controls {
namespace {

using Catch::Matchers::Contains;

const Values kValues = {
    {"brightness", -5}, {"auto_exposure", 1}, {"mute", true}, {"osd", "a \"b\"\n é"}};
const CameraIdentity kWebcam{"uvcvideo", "HD Webcam", "usb-0000:01:00.0-1.2"};

CameraIdentity at_bus(const std::string& bus) {
  CameraIdentity camera = kWebcam;
  camera.bus = bus;
  return camera;
}

CameraValues changed(std::int64_t order, const Values& values = kValues) {
  return CameraValues{values, order};
}

}  // namespace

TEST_CASE("presets survive the way through their file", "[controls][presets]") {
  const Presets presets = {{"Day", kValues}, {"noche ñ", {}}};
  const auto parsed = parse_presets(serialize(presets));
  CHECK(parsed.problems.empty());
  CHECK((parsed.content == presets));
}

TEST_CASE("the file of presets is for people too", "[controls][presets]") {
  CHECK(serialize(Presets{{"Day", {{"hue", 3}, {"mute", false}}}, {"Empty", {}}}) ==
        R"({
  "version": 1,
  "presets": {
    "Day": {
      "values": {
        "hue": 3,
        "mute": false
      }
    },
    "Empty": {
      "values": {}
    }
  }
}
)");
}

TEST_CASE("a corrupt file of presets is a problem and nothing worse", "[controls][presets]") {
  for (const char* text :
       {"", "\0\0\0", "{", "[]", "{}", R"({"version":2,"presets":{}})", R"({"version":1})",
        R"({"version":1,"presets":[]})", R"({"version":1,"presets":{"Day":3}})",
        R"({"version":1,"presets":{"Day":{"values":[]}}})",
        R"({"version":1,"presets":{"../x":{"values":{}}}})",
        R"({"version":1,"presets":{"--all":{"values":{}}}})",
        "{\"version\":1,\"presets\":{\"\xff"}) {
    INFO(text);
    const auto parsed = parse_presets(text);
    CHECK(parsed.content.empty());
    CHECK(parsed.problems.size() == 1);
  }
}

TEST_CASE("what is good in a damaged file is kept", "[controls][presets]") {
  const auto parsed = parse_presets(
      R"({"version":1,"presets":{"Day":{"values":{"hue":3,"--all":1,"mute":null}},"Bad":1}})");
  CHECK(parsed.problems.size() == 3);
  REQUIRE(parsed.content.size() == 1);
  CHECK((parsed.content.at("Day") == Values{{"hue", 3}}));
}

TEST_CASE("a preset's name is a plain one", "[controls][presets]") {
  for (const char* good : {"a", "Day", "night 2", "1.5-b_c", "Año", "日中"}) {
    INFO(good);
    CHECK(check_preset_name(good).has_value());
  }
  const std::string too_long(65, 'a');
  for (const std::string& bad :
       {std::string(), std::string(" "), std::string("a "), std::string(" a"), std::string("--all"),
        std::string(".."), std::string("a/b"), std::string("0; rm -rf /"), std::string("a\nb"),
        std::string("a\0b", 3), std::string("\xff"), std::string("a\x7f"), too_long}) {
    INFO(bad);
    REQUIRE(!check_preset_name(bad));
    CHECK(check_preset_name(bad).error().code == Errc::refused);
    CHECK_THAT(check_preset_name(bad).error().detail, Contains("allowed"));
  }
}

TEST_CASE("a preset made by a client must be possible, unless it is for another camera",
          "[controls][presets]") {
  const auto controls = webcam();
  const auto good = check_preset_values(
      controls, {{"exposure_absolute", 300}, {"hue", 3}, {"of_another_camera", 7}});
  REQUIRE(good.has_value());
  CHECK(good->size() == 3);
  for (const Values& bad :
       {Values{{"hue", 99}}, Values{{"exposure_absolute", 0}}, Values{{"--all", 1}},
        Values{{"hue", "0; rm -rf /"}}, Values{{"of_another_camera", boost::json::array{1}}}}) {
    INFO(bad.begin()->key());
    REQUIRE(!check_preset_values(controls, bad));
    CHECK(check_preset_values(controls, bad).error().code == Errc::refused);
  }
}

TEST_CASE("remembered values survive the way through their file", "[controls][remembered]") {
  const Remembered cameras = {{kWebcam, changed(2)},
                              {{"vivid", "vivid", "platform:vivid-000"}, changed(1, {})}};
  const auto parsed = parse_remembered(serialize(cameras));
  CHECK(parsed.problems.empty());
  CHECK((parsed.content == cameras));
}

TEST_CASE("a corrupt file of remembered values is a problem and nothing worse",
          "[controls][remembered]") {
  for (const char* text : {"", "{", "3", R"({"version":1})", R"({"version":1,"cameras":{}})",
                           R"({"version":1,"cameras":[3]})",
                           R"({"version":1,"cameras":[{"driver":"a","card":"b","values":{}}]})",
                           R"({"version":1,"cameras":[{"driver":"a","card":"b","bus":"c"}]})"}) {
    INFO(text);
    const auto parsed = parse_remembered(text);
    CHECK(parsed.content.empty());
    CHECK(parsed.problems.size() == 1);
  }
}

TEST_CASE("an order that is none is not known, and the values are taken",
          "[controls][remembered]") {
  for (const std::string order : {"", R"("order":-1,)", R"("order":"3",)", R"("order":1e99,)",
                                  R"("order":9223372036854775807,)"}) {
    INFO(order);
    const auto parsed =
        parse_remembered(R"({"version":1,"cameras":[{"driver":"a","card":"b","bus":"c",)" + order +
                         R"("values":{"hue":3}}]})");
    CHECK(parsed.problems.empty());
    REQUIRE(parsed.content.size() == 1);
    CHECK((parsed.content.begin()->second == changed(0, {{"hue", 3}})));
  }
}

TEST_CASE("what was set before the file could be read is newer than all that is in it",
          "[controls][remembered]") {
  Remembered content = {{at_bus("usb-1"), changed(1, {{"hue", 3}})}};
  add_older(content, {{at_bus("usb-1"), changed(4, {{"hue", 5}, {"gain", 5}})},
                      {at_bus("usb-2"), changed(7)}});
  CHECK((content == Remembered{{at_bus("usb-1"), changed(8, {{"hue", 3}, {"gain", 5}})},
                               {at_bus("usb-2"), changed(7)}}));
  CHECK(next_order(content) == 9);
}

TEST_CASE("a newer name of a control replaces the remembered older one", "[controls][remembered]") {
  Values wanted = {{"exposure_absolute", 100}};
  remember(wanted, "exposure_time_absolute", 300);
  CHECK((wanted == Values{{"exposure_time_absolute", 300}}));
  forget(wanted, "exposure_absolute");
  CHECK(wanted.empty());
}

TEST_CASE("a camera that was plugged in elsewhere is known by driver and card",
          "[controls][remembered]") {
  const CameraIdentity moved = at_bus("usb-0000:01:00.0-2");
  CameraIdentity other = moved;
  other.card = "Another Webcam";
  const Remembered cameras = {{kWebcam, changed(1)},
                              {{"vivid", "HD Webcam", "x"}, changed(2, {{"hue", 3}})}};
  REQUIRE(find_same_model(cameras, moved) != nullptr);
  CHECK((find_same_model(cameras, moved)->values == kValues));
  CHECK(find_same_model(cameras, other) == nullptr);
  CHECK(find_same_model(cameras, kWebcam) == nullptr);  // it has its own
}

TEST_CASE("of what is remembered of one model the last counts for a new bus",
          "[controls][remembered]") {
  const auto found = [](const Remembered& cameras) {
    const auto* known = find_same_model(cameras, at_bus("usb-9"));
    return known == nullptr ? Values() : known->values;
  };
  const Values later = {{"hue", 4}};
  CHECK((found({{at_bus("1"), changed(1)}, {at_bus("2"), changed(2, later)}}) == later));
  CHECK((found({{at_bus("1"), changed(2, later)}, {at_bus("2"), changed(1)}}) == later));
  CHECK((found({{at_bus("1"), changed(1, later)}, {at_bus("2"), changed(1, later)}}) == later));
  // Of an older version: which of the two is it?
  CHECK(found({{at_bus("1"), changed(0)}, {at_bus("2"), changed(0, later)}}).empty());
  CHECK((found({{at_bus("1"), changed(0)},
                {at_bus("2"), changed(0, {{"hue", 3}})},
                {at_bus("3"), changed(1, later)}}) == later));
}

TEST_CASE("a camera is known by driver, card and bus", "[controls][identity]") {
  const auto identity = parse_identity(read_fixture("v4l2-ctl-1.22.1-vivid/info.txt"));
  REQUIRE(identity);
  CHECK((*identity == CameraIdentity{"vivid", "vivid", "platform:vivid-000"}));
  const auto webcam_info = parse_identity(
      "Driver Info:\n\tDriver name      : uvcvideo\n\tCard type        : HD: Webcam\n"
      "\tBus info         : usb-0000:01:00.0-1.2\n");
  REQUIRE(webcam_info);
  CHECK((*webcam_info == CameraIdentity{"uvcvideo", "HD: Webcam", "usb-0000:01:00.0-1.2"}));
  CHECK_FALSE(parse_identity("Cannot open device /dev/video9, exiting.\n"));
  CHECK_FALSE(parse_identity(""));
}

TEST_CASE("changes are what is new, different or gone", "[controls][changes]") {
  const auto before = webcam();
  CHECK(changes_between(before, before).empty());
  auto now = before;
  get(now, "brightness").value = ControlValue(std::int64_t{11});
  get(now, "exposure_time_absolute").flags.clear();
  now.pop_back();
  Control added = get(now, "hue");
  added.id = "new_one";
  now.push_back(added);
  const auto changes = changes_between(before, now);
  REQUIRE(changes.changed.size() == 3);
  CHECK(changes.changed[0].id == "brightness");
  CHECK(changes.changed[1].id == "exposure_time_absolute");
  CHECK(changes.changed[2].id == "new_one");
  CHECK(changes.removed == std::vector<std::string>{"privacy"});
}

}  // namespace minidvr::controls
