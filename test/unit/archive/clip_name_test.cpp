#include "archive/clip_name.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;

TEST_CASE("a clip's name gets its ending once, and may be in any language") {
  CHECK(*clip_name("the door") == "the door.mp4");
  CHECK(*clip_name("the door.mp4") == "the door.mp4");
  CHECK(*clip_name("a") == "a.mp4");
  CHECK(*clip_name("Tür – 門.v2") == "Tür – 門.v2.mp4");
  CHECK(*clip_name(std::string(96, 'x')) == std::string(96, 'x') + ".mp4");
}

TEST_CASE("no name is taken that leads elsewhere, hides, breaks a header, or is too long") {
  const std::vector<std::string> refused{"",
                                         ".",
                                         "..",
                                         ".hidden",
                                         ".mp4",
                                         "a/b",
                                         "../x",
                                         "a\\b",
                                         "a\"b",
                                         "a\nb",
                                         "a\x7f",
                                         std::string("a\0b", 3),
                                         "\xff.mp4",
                                         "\u0085",
                                         "/",
                                         std::string(97, 'x'),
                                         std::string(10'000, 'x')};
  for (const auto& name : refused) {
    CAPTURE(name);
    const auto result = clip_name(name);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::refused);
    CHECK_FALSE(is_clip_name(name));
  }
}

TEST_CASE("a number goes before the ending, and what it makes is a clip's name") {
  CHECK(numbered_clip_name("a.mp4", 0) == "a.mp4");
  CHECK(numbered_clip_name("a.mp4", 12) == "a_12.mp4");
  CHECK(is_clip_name("a_12.mp4"));
  CHECK(is_clip_name(numbered_clip_name(*clip_name(std::string(96, 'x')), kMostClipNumbers - 1)));
  CHECK_FALSE(is_clip_name("a.mkv"));
  const auto name = default_clip_name(WallTime(std::chrono::seconds(1'795'516'200)));
  CHECK(name.ends_with("_clip.mp4"));
  CHECK(*clip_name(name) == name);
}
