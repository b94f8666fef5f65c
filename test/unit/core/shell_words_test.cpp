#include "core/shell_words.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using Words = std::vector<std::string>;

TEST_CASE("words are split as a shell splits them") {
  CHECK(*split_words("") == Words{});
  CHECK(*split_words("  a  b\tc ") == Words{"a", "b", "c"});
  CHECK(*split_words(R"(a' b 'c "d 'e'" f\ g '' "\"\\\n")") ==
        Words{"a b c", "d 'e'", "f g", "", R"("\\n)"});
  CHECK(*split_words("$HOME `ls` ; |") == Words{"$HOME", "`ls`", ";", "|"});
  for (const std::string wrong : {"'", "\"a", "a\\"})
    CHECK_FALSE(split_words(wrong).has_value());
}

TEST_CASE("of options that take a secret the name is shown, and not the value") {
  const std::pair<const char*, const char*> texts[] = {
      {"", ""},
      {"--quality 90  --slowdown", "--quality 90  --slowdown"},
      {"--user me --passwd secret --quality 90", "--user me --passwd *** --quality 90"},
      {"--passwd=secret", "--passwd=***"},
      {"--passwd=a=secret", "--passwd=***"},
      {"--passwd '' -q", "--passwd *** -q"},
      {"--passwd 'my secret'", "--passwd ***"},
      {"--passwd", "--passwd"},
      {"--pa secret --passw=secret", "--pa *** --passw=***"},
      {"\"--passwd\" secret", "--passwd ***"},
      {"--pass\\wd secret", "--passwd ***"},
      {"--api-token secret --client_secret=secret", "--api-token *** --client_secret=***"},
      {"--ustreamer-args=--passwd secret", "--ustreamer-args=--passwd ***"},
      {"--ustreamer_args=--passwd=secret -q", "--ustreamer_args=--passwd=*** -q"},
      {"passwd --user ana", "passwd --user ana"},
      {"--path x --port 8000 --persistent", "--path x --port 8000 --persistent"},
  };
  for (const auto& [text, shown] : texts)
    CHECK(shown_text_of_words(text) == shown);
}

TEST_CASE("of words that can not be split rather too much is hidden than too little") {
  CHECK(shown_text_of_words("--quality '80") == "--quality '80");
  CHECK(shown_text_of_words("--user me --passwd 'secret") == "--user me ***");
  CHECK(shown_text_of_words("--passwd=secret\\") == "***");
  CHECK(shown_text_of_words("'--pa secret") == "'***");
}
