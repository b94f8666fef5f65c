#include "controls/control_value.hpp"

#include "api/control_json.hpp"
#include "controls/write_plan.hpp"
#include "fixture.hpp"

#include <boost/json/parse.hpp>

namespace minidvr::controls {
namespace json = boost::json;
namespace {

using Catch::Matchers::Contains;

// What a client's {"value": <text>} for a control becomes.
Result<Write> ask(const ControlList& controls, const char* id, const std::string& value) {
  boost::system::error_code ec;
  const json::value body = json::parse("{\"value\":" + value + "}", ec);
  if (ec) return make_error(Errc::malformed, "no JSON");
  const auto request = api::parse_control_request(body.get_object());
  if (!request) return request.error();
  return plan_one(controls, id, *request);
}

void check_passes(const ControlList& controls, const char* id, const std::string& value,
                  const std::string& argument) {
  const auto write = ask(controls, id, value);
  INFO(id << " = " << value << (write ? "" : ": " + write.error().detail));
  REQUIRE(write.has_value());
  CHECK(write->argument() == argument);
}

void check_refused(const ControlList& controls, const char* id, const std::string& value, Errc code,
                   const std::string& detail) {
  const auto write = ask(controls, id, value);
  INFO(id << " = " << value.substr(0, 200));
  REQUIRE(!write);
  CHECK(write.error().code == code);
  CHECK_THAT(write.error().detail, Contains(detail));
  CHECK(write.error().detail.size() < 1000);
}

}  // namespace

TEST_CASE("a possible value becomes the argument for v4l2-ctl", "[controls][value]") {
  const auto controls = vivid();
  check_passes(controls, "brightness", "0", "brightness=0");
  check_passes(controls, "brightness", "255", "brightness=255");
  check_passes(controls, "brightness", "12.0", "brightness=12");
  check_passes(controls, "hue", "-128", "hue=-128");
  check_passes(controls, "integer_32_bits", "-2147483648", "integer_32_bits=-2147483648");
  check_passes(controls, "integer_64_bits", "9223372036854775807",
               "integer_64_bits=9223372036854775807");
  check_passes(controls, "integer_64_bits", "-9223372036854775808",
               "integer_64_bits=-9223372036854775808");
  check_passes(controls, "mute", "true", "mute=1");
  check_passes(controls, "mute", "0", "mute=0");
  check_passes(controls, "menu", "4", "menu=4");
  check_passes(controls, "integer_menu", "8", "integer_menu=8");
  check_passes(controls, "button", "true", "button=1");
  check_passes(controls, "button", "1", "button=1");
  check_passes(controls, "string", R"("ab")", "string=ab");
  check_passes(controls, "string", R"("né")", "string=né");
}

TEST_CASE("a value of the wrong type is refused and the detail says what is allowed",
          "[controls][value]") {
  const auto controls = vivid();
  for (const char* wrong : {"true", R"("12")", "[1]", "{}", R"({"value":1})", "12.5", R"("abc")"}) {
    check_refused(controls, "brightness", wrong, Errc::refused,
                  "allowed: a whole number from 0 to 255");
    check_refused(controls, "menu", wrong, Errc::refused,
                  "allowed: 1 (Menu Item 1), 3 (Menu Item 3), 4 (Menu Item 4)");
    check_refused(controls, "bitmask", wrong, Errc::refused, "0x80402010");
  }
  for (const char* wrong : {"2", "-1", R"("true")", "[true]", "1.5"}) {
    check_refused(controls, "mute", wrong, Errc::refused, "allowed: true or false");
  }
  check_refused(controls, "string", "12", Errc::refused, "a text of 2 to 4 bytes");
  check_refused(controls, "button", "false", Errc::refused, "allowed: true or 1");
  check_refused(controls, "area", R"("10x10")", Errc::refused, "the type area can not be set");
  check_refused(controls, "u8_pixel_array", "3", Errc::refused, "the type u8 can not be set");
}

TEST_CASE("a value that is out of range, off step or no option is refused", "[controls][value]") {
  const auto controls = vivid();
  check_refused(controls, "brightness", "256", Errc::refused, "out of range");
  check_refused(controls, "brightness", "-1", Errc::refused, "from 0 to 255");
  check_refused(controls, "menu", "2", Errc::refused, "no option");
  check_refused(controls, "menu", "-1", Errc::refused, "no option");
  check_refused(controls, "integer_menu", "1", Errc::refused, "2 (2 (0x2))");
  check_refused(controls, "bitmask", "1", Errc::refused, "other bits");
  check_refused(controls, "bitmask", "-2147475456", Errc::refused, "other bits");
  auto released = webcam();
  get(released, "white_balance_temperature").flags.clear();
  check_refused(released, "white_balance_temperature", "2805", Errc::refused,
                "between two steps; allowed: a whole number from 2800 to 6500 in steps of 10");
  check_passes(released, "white_balance_temperature", "2810", "white_balance_temperature=2810");
}

TEST_CASE("numbers that no control has are refused", "[controls][value]") {
  const auto controls = vivid();
  for (const char* huge : {"1e300", "-1e300", "1e999", "99999999999999999999",
                           "18446744073709551615", "9223372036854775808"}) {
    check_refused(controls, "brightness", huge, Errc::refused, "from 0 to 255");
    check_refused(controls, "integer_64_bits", huge, Errc::refused, "allowed");
  }
  for (const char* no_json : {"NaN", "Infinity", "-Infinity", "0x10", "+1", "1,", "'a'"}) {
    check_refused(controls, "brightness", no_json, Errc::malformed, "no JSON");
  }
}

TEST_CASE("bits arrive as a signed number, which every v4l2-ctl can read", "[controls][value]") {
  check_passes(vivid(), "bitmask", "2147491840", "bitmask=-2147475456");
  check_passes(vivid(), "bitmask", "16", "bitmask=16");
}

TEST_CASE("a text passes only as far as v4l2-ctl can carry it", "[controls][value]") {
  const auto controls = vivid();
  check_refused(controls, "string", R"("a")", Errc::refused, "too short");
  check_refused(controls, "string", R"("abcde")", Errc::refused, "too long");
  check_refused(controls, "string", R"("été!")", Errc::refused, "too long");
  check_refused(controls, "string", R"("a,b")", Errc::refused, "comma");
  check_refused(controls, "string", R"("a\nb")", Errc::refused, "control characters");
  check_refused(controls, "string", R"("a\u0000b")", Errc::refused, "control characters");
  check_passes(controls, "string", R"("--a")", "string=--a");
  check_passes(controls, "string", R"("a=b")", "string=a=b");
  check_passes(controls, "string", R"("'\" ")", "string='\" ");
}

TEST_CASE("texts for a shell or for v4l2-ctl's options never become an argument",
          "[controls][value]") {
  const auto controls = vivid();
  for (const char* evil : {"0; rm -rf /", "--all", "1,contrast=3", "$(reboot)", "0\\n1"}) {
    const std::string quoted = "\"" + std::string(evil) + "\"";
    for (const auto& control : controls) {
      if (has_flag(control, "read-only") || has_flag(control, "inactive")) continue;
      check_refused(controls, control.id.c_str(), quoted, Errc::refused, control.id);
    }
    const auto write = ask(controls, evil, "1");
    REQUIRE(!write);
    CHECK(write.error().code == Errc::not_found);
  }
}

TEST_CASE("a megabyte as value gets a short answer", "[controls][value]") {
  const std::string megabyte(1 << 20, '9');
  check_refused(vivid(), "brightness", megabyte, Errc::refused, "from 0 to 255");
  check_refused(vivid(), "brightness", "\"" + megabyte + "\"", Errc::refused, "...");
  check_refused(vivid(), "string", "\"" + megabyte + "\"", Errc::refused, "too long");
}

TEST_CASE("a value is so only where the control keeps it", "[controls][value]") {
  const auto now = [](const std::string& flags) {
    return parse_listing(
               "User Controls\n\n  brightness 0x00980900 (int) : min=-64 max=64 step=1 "
               "default=0 value=10" +
               flags + "\n")
        .controls.at(0);
  };
  const auto ten = *check_value(now(""), 10, Origin::client);
  CHECK(is_so(now(""), ten));
  CHECK(is_so(now(" flags=update, slider"), ten));
  CHECK_FALSE(is_so(now(""), *check_value(now(""), 11, Origin::client)));
  for (const std::string flag : {"inactive", "volatile", "write-only", "execute-on-write"}) {
    CAPTURE(flag);
    CHECK_FALSE(is_so(now(" flags=" + flag), ten));
    CHECK_FALSE(is_so(now(" flags=slider, " + flag), ten));
  }
}

TEST_CASE("a control that can not be set now says why", "[controls][value]") {
  check_refused(vivid(), "nosuch", "1", Errc::not_found, "no control 'nosuch'");
  check_refused(vivid(), "read_only_integer_32_bits", "3", Errc::wrong_state, "is read-only");
  check_refused(vivid(), "gain", "20", Errc::wrong_state,
                "gain is inactive while gain_automatic is true; set gain_automatic to false first");
  check_refused(vivid(), "dv_timings", "1", Errc::wrong_state, "dv_timings is inactive");
  check_refused(webcam(), "exposure_time_absolute", "300", Errc::wrong_state,
                "inactive while auto_exposure is 3 (Aperture Priority Mode); set auto_exposure to "
                "1 (Manual Mode) first");
  check_refused(webcam(), "privacy", "1", Errc::wrong_state, "is read-only");
  auto grabbed = webcam();
  get(grabbed, "hue").flags = {"grabbed"};
  check_refused(grabbed, "hue", "1", Errc::wrong_state, "in use");
}

TEST_CASE("the default is what the driver says, even off step", "[controls][value]") {
  auto controls = vivid();
  const auto by_default = [&](const char* id) { return plan_one(controls, id, std::nullopt); };
  CHECK(by_default("volume")->argument() == "volume=200");
  CHECK(by_default("bitmask")->argument() == "bitmask=-2147475456");
  CHECK(by_default("gain_automatic")->argument() == "gain_automatic=1");
  CHECK(by_default("string").error().code == Errc::refused);
  CHECK(by_default("button").error().code == Errc::refused);
  CHECK(by_default("u8_pixel_array").error().code == Errc::refused);
  get(controls, "volume").step = 7;
  CHECK(by_default("volume")->argument() == "volume=200");
}

TEST_CASE("a whole number in any notation is a whole number", "[controls][value]") {
  const auto value = [](const char* text) { return value_from_json(json::parse(text)); };
  CHECK(value("3") == ControlValue(std::int64_t{3}));
  CHECK(value("3.0") == ControlValue(std::int64_t{3}));
  CHECK(value("-3e2") == ControlValue(std::int64_t{-300}));
  CHECK(value("-9223372036854775808") == ControlValue(std::numeric_limits<std::int64_t>::min()));
  CHECK(value("true") == ControlValue(true));
  CHECK(value(R"("x")") == ControlValue(std::string("x")));
  for (const char* none : {"3.5", "1e300", "-1e300", "18446744073709551615", "9223372036854775808",
                           "100000000000000000000000", "null", "[]", "{}", "[1]"}) {
    INFO(none);
    CHECK(value(none) == std::nullopt);
  }
}

}  // namespace minidvr::controls
