#include "core/base64.hpp"

#include <string>
#include <utility>

#include <catch2/catch.hpp>

using namespace minidvr;

TEST_CASE("bytes become base64 and come back") {
  // RFC 4648, 10.
  const std::pair<std::string, std::string> known[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {"\xFB\xFF", "+/8="}};
  for (const auto& [bytes, text] : known) {
    CAPTURE(text);
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
  }
  CHECK(to_base64url("\xFB\xFF") == "-_8");
  for (const char* text : {"Zg", "Zg=", "Z", "Zm9v!", "-_8="})
    CHECK_FALSE(from_base64(text).has_value());
}
