// JSON and UTF-8, as they leave the program.
#include "core/json_text.hpp"

#include "core/utf8.hpp"

#include <cmath>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

namespace minidvr {

TEST_CASE("JSON text shows numbers as people write them") {
  boost::json::object object;
  object["fps"] = 29.97;
  object["whole"] = 30.0;
  object["count"] = std::uint64_t{18446744073709551615U};
  object["negative"] = -5;
  object["none"] = std::nan("");
  CHECK(json_text(object) ==
        R"({"fps":29.97,"whole":30,"count":18446744073709551615,"negative":-5,"none":null})");
}

TEST_CASE("JSON text is valid whatever a string holds") {
  boost::json::object object;
  object["a\"b"] = "line\nquote\" back\\slash \x01 ü \xff";
  const std::string text = json_text(object);
  CHECK(text == "{\"a\\\"b\":\"line\\nquote\\\" back\\\\slash \\u0001 ü \xEF\xBF\xBD\"}");
  CHECK_NOTHROW(boost::json::parse(text));
  CHECK(json_text(boost::json::parse("[1,[],{},true,null]")) == "[1,[],{},true,null]");
}

TEST_CASE("JSON for people has an entry a line and says the same") {
  const auto value =
      boost::json::parse(R"({"a":{"b":1,"c":[true,"x\u00fc"]},"none":{},"empty":[],"d":null})");
  CHECK(readable_json_text(value) ==
        "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": [\n      true,\n      \"xü\"\n    ]\n  },\n"
        "  \"none\": {},\n  \"empty\": [],\n  \"d\": null\n}\n");
  CHECK(boost::json::parse(readable_json_text(value)) == value);
}

TEST_CASE("UTF-8 is checked as RFC 3629 says") {
  CHECK(is_utf8("aüß€😀"));
  const auto bad =
      GENERATE(as<std::string_view>{}, "\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80",
               "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "a\xff");
  CAPTURE(bad);
  CHECK_FALSE(is_utf8(bad));
  CHECK(is_utf8(repaired_utf8(bad)));
  CHECK(utf8_length(bad) == (bad.front() == 'a' ? 1 : 0));
}

TEST_CASE("a character's length is told whatever follows it") {
  CHECK(utf8_length("") == 0);
  CHECK(utf8_length(std::string_view("\0x", 2)) == 1);
  CHECK(utf8_length("ü\xff") == 2);
  CHECK(utf8_length("€\xe2\x82") == 3);
  CHECK(utf8_length("😀😀") == 4);
}

TEST_CASE("a line for people has whole characters and no control characters") {
  CHECK(display_text("a\tb\x1b[1m\xc2\x9b\xff", 20) == "a b [1m \xEF\xBF\xBD");
  CHECK(display_text("añb", 2) == "a");
  CHECK(display_text("añb", 3) == "añ");
}

}  // namespace minidvr
