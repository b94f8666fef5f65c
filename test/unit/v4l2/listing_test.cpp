#include "v4l2/listing.hpp"

#include "api/control_json.hpp"
#include "unit/controls/fixture.hpp"
#include "unit/controls/vivid_expected.hpp"

#include <sstream>

#include <boost/json/serialize.hpp>

namespace minidvr::controls {
namespace {

constexpr const char* kGain =
    "                           gain 0x00980913 (int)    : min=0 max=255 step=1 default=100 "
    "value=29\n";

std::string text_of(const Control& control) {
  return boost::json::serialize(api::control_json(control));
}

Control parse_one(const std::string& line) {
  auto listing = parse_listing(line);
  INFO(line);
  REQUIRE(listing.controls.size() == 1);
  return listing.controls.front();
}

}  // namespace

TEST_CASE("every control of the vivid device is read field by field", "[controls][listing]") {
  const auto listing = parse_listing(read_fixture("v4l2-ctl-1.22.1-vivid/listctrlsmenus.txt"));
  const auto expected = vivid_expected();
  CHECK(listing.skipped_count == 0);
  REQUIRE(listing.controls.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(text_of(listing.controls[i]) == text_of(expected[i]));
    CHECK(listing.controls[i].listed_type == expected[i].listed_type);
    CHECK((listing.controls[i] == expected[i]));
  }
}

TEST_CASE("a listing without menus has the same controls without options", "[controls][listing]") {
  std::string text;
  std::istringstream lines(read_fixture("v4l2-ctl-1.22.1-vivid/listctrlsmenus.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('\t')) text += line + "\n";
  }
  const auto listing = parse_listing(text);
  CHECK(listing.skipped_count == 0);
  CHECK(listing.controls.size() == vivid_expected().size());
  CHECK(get(listing.controls, "menu").options.empty());
}

TEST_CASE("a line that is not understood costs only itself", "[controls][listing]") {
  const auto listing = parse_listing("\nUser Controls\n\n" + std::string(kGain) +
                                     "error 5 getting ctrl Contrast\n"
                                     "\t\t\t\tno number: here\n"
                                     "\t\t\t\t1: an option of no menu\n"
                                     "  some words of a later version\n"
                                     "                     brightness 0x00980900 (int)    : min=0 "
                                     "max=9 step=1 default=1 value=2\n");
  REQUIRE(listing.controls.size() == 3);
  CHECK(listing.controls[1].id == "contrast");
  CHECK(listing.controls[2].id == "brightness");
  CHECK(listing.controls[2].category == "User Controls");
  CHECK(listing.skipped_count == 4);
  REQUIRE(listing.skipped.size() == 4);
  CHECK(listing.skipped[0].text == "error 5 getting ctrl Contrast");
}

TEST_CASE("an unreadable control that stands alone is no heading", "[controls][listing]") {
  const auto listing = parse_listing("\nUser Controls\n\nerror 5 getting ctrl Contrast\n\n" +
                                     std::string("Camera Controls\n\n") + kGain);
  REQUIRE(listing.controls.size() == 2);
  CHECK(listing.controls[1].category == "Camera Controls");
  CHECK(listing.skipped_count == 1);
}

TEST_CASE("a control that the camera fails at is known by its name alone", "[controls][listing]") {
  const auto listing =
      parse_listing("\nCamera Controls\n\nerror 110 getting ext_ctrl Exposure Time, Absolute\n" +
                    std::string(kGain));
  REQUIRE(listing.controls.size() == 2);
  const auto& failed = listing.controls[0];
  CHECK(failed.id == "exposure_time_absolute");
  CHECK(failed.name == "Exposure Time Absolute");
  CHECK(failed.category == "Camera Controls");
  CHECK(failed.type == ControlType::other);
  CHECK(failed.failure == "Connection timed out");
  CHECK(text_of(failed) ==
        R"({"id":"exposure_time_absolute","name":"Exposure Time Absolute","type":"other",)"
        R"("category":"Camera Controls","flags":[],"inactive_because":"control-failed",)"
        R"("failure":"Connection timed out"})");
  CHECK(listing.controls[1].failure.empty());
  // A camera that is gone, and what is no control.
  for (const char* line : {"error 19 getting ctrl Gain\n", "error x getting ctrl Gain\n",
                           "error 5 getting ctrl \n", "error 5 opening Gain\n"}) {
    INFO(line);
    CHECK(parse_listing(line).controls.empty());
  }
}

TEST_CASE("only the first skipped lines are kept, but all are counted", "[controls][listing]") {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += " nonsense\n";
  const auto listing = parse_listing(text);
  CHECK(listing.skipped_count == 100);
  CHECK(listing.skipped.size() < 20);
}

TEST_CASE("string values keep blanks, quotes and escaped characters", "[controls][listing]") {
  const auto value = [](const std::string& printed) {
    const auto control =
        parse_one("  osd 0x0098f905 (str)    : min=0 max=40 step=1 value=" + printed +
                  " flags=has-payload\n");
    REQUIRE(control.type == ControlType::string);
    REQUIRE(control.flags == std::vector<std::string>{"has-payload"});
    return control.value;
  };
  CHECK(value("''") == ControlValue(std::string()));
  CHECK(value("'it's'") == ControlValue(std::string("it's")));
  CHECK(value("' a  b '") == ControlValue(std::string(" a  b ")));
  CHECK(value(R"('a\nb\rc\fd\\e')") == ControlValue(std::string("a\nb\rc\fd\\e")));
  CHECK(value(R"('\xc3\x89t\xc3\xa9 \x')") == ControlValue(std::string("Été \\x")));
  CHECK(value("'\xff'") == ControlValue(std::string("\xEF\xBF\xBD")));
  CHECK(value("'x value=' flags=inactive'") ==
        ControlValue(std::string("x value=' flags=inactive")));
  CHECK(value("'not closed") == std::nullopt);
}

TEST_CASE("a label that looks like flags is no flags", "[controls][listing]") {
  const auto control =
      parse_one("  m 0x0098f904 (menu)   : min=1 max=4 default=3 value=3 (a flags=inactive)\n");
  CHECK(control.flags.empty());
  CHECK(control.value == ControlValue(std::int64_t{3}));
}

TEST_CASE("bitmasks are what their bits say in every notation", "[controls][listing]") {
  const std::string begin = "  b 0x0098f906 (bitmask): max=0x80402010 default=0x80002000 value=";
  CHECK(parse_one(begin + "-2147475456").value == ControlValue(std::int64_t{0x80002000}));
  CHECK(parse_one(begin + "0x80002000").value == ControlValue(std::int64_t{0x80002000}));
  const auto extended =
      parse_one("  b 0x0098f906 (bitmask): max=0xffffffff80402010 default=0x00000000 value=0");
  CHECK(extended.max == 0x80402010);
}

TEST_CASE("a control whose limits can not be read is shown as other", "[controls][listing]") {
  CHECK(parse_one("  a 0x1 (int)    : min=abc max=2 step=1 default=0 value=1").type ==
        ControlType::other);
  CHECK(parse_one("  a 0x1 (int)    : value=1").type == ControlType::other);
  CHECK(
      parse_one("  a 0x1 (int)    : min=0.5 max=2 step=1 default=0 value=1 fraction_bits=8").type ==
      ControlType::other);
  CHECK(parse_one("  a 0x1 (int)    : min=0 max=9 step=1 default=0 dims=[3]").type ==
        ControlType::other);
  CHECK(parse_one("  a 0x1 (int64)  : min=0 max=99999999999999999999 step=1 default=0 value=1")
            .type == ControlType::other);
  CHECK(parse_one("  a 0x1 (bitmask): default=0x1 value=1").type == ControlType::other);
  CHECK(parse_one("  a 0x1 (h264-sps): value=unsupported payload type flags=has-payload").value ==
        std::nullopt);
  CHECK(parse_one("  a 0x1 (unknown): type=107 value=7").listed_type == "unknown");
}

TEST_CASE("the made-up value of a write-only control is left out", "[controls][listing]") {
  const auto control =
      parse_one("  a 0x1 (int)    : min=0 max=9 step=1 default=3 value=0 flags=write-only");
  CHECK(control.value == std::nullopt);
  CHECK(control.default_value == ControlValue(std::int64_t{3}));
}

TEST_CASE("of two controls with one name the one that v4l2-ctl sets stays", "[controls][listing]") {
  const auto listing = parse_listing(
      "  a 0x1 (int)    : min=0 max=9 step=1 default=3 value=1\n"
      "  b 0x2 (bool)   : default=0 value=1\n"
      "  a 0x3 (int)    : min=0 max=9 step=1 default=3 value=2\n");
  REQUIRE(listing.controls.size() == 2);
  CHECK(get(listing.controls, "a").value == ControlValue(std::int64_t{2}));
  CHECK(listing.skipped_count == 1);
}

TEST_CASE("ids that v4l2-ctl would not print are no controls", "[controls][listing]") {
  for (const char* id : {"--all", "a;b", "a=b", "a,b", "../x", "\xC3\xA9", ""}) {
    const auto listing =
        parse_listing(std::string("  ") + id + " 0x1 (bool)   : default=0 value=1\n");
    INFO(id);
    CHECK(listing.controls.empty());
  }
}

TEST_CASE("the answer for a missing device has no controls", "[controls][listing]") {
  CHECK(parse_listing(read_fixture("v4l2-ctl-1.22.1-vivid/nodev.txt")).controls.empty());
  CHECK(parse_listing("").controls.empty());
}

TEST_CASE("a listing without end is cut and stays within its bounds", "[controls][listing]") {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += "  c" + std::to_string(i) + " 0x1 (menu)   : min=0 max=9 default=0 value=0\n";
  }
  for (int i = 0; i < 3000; ++i)
    text += "\t\t\t\t" + std::to_string(i) + ": x\n";
  const auto listing = parse_listing(text);
  CHECK(listing.controls.size() == 1024);
  CHECK(listing.controls.back().options.empty());
}

}  // namespace minidvr::controls
