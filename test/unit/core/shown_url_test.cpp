#include "core/shown_url.hpp"

#include "core/settings_sources.hpp"
#include "unit/support/run_task.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;

TEST_CASE("a URL is shown without its password, the values of its query, and its fragment") {
  const std::pair<const char*, const char*> urls[] = {
      {"http://127.0.0.1:8000/stream", "http://127.0.0.1:8000/stream"},
      {"http://[::1]:8000/stream", "http://[::1]:8000/stream"},
      {"https://camera/live/@7", "https://camera/live/@7"},
      {"http://user:secret@host/path?token=secret", "http://user:***@host/path?token=***"},
      {"http://user:secret@[::1]:81/", "http://user:***@[::1]:81/"},
      {"http://user@host/", "http://user@host/"},
      {"http://:secret@host", "http://:***@host"},
      {"http://host/?user=me&password=secret&x", "http://host/?user=***&password=***&***"},
      {"http://host/?secret", "http://host/?***"},
      {"http://host/?", "http://host/?"},
      {"http://host/?mail=me@secret", "http://host/?mail=***"},
      {"http://host:81/?mail=me@secret", "http://host:81/?mail=***"},
      {"http://host/?t=secret=secret#secret", "http://host/?t=***"},
      {"http://host/#secret", "http://host/#***"},
      {"http://user:sec%3Fret@host/", "http://user:***@host/"},
      {"", ""},
  };
  for (const auto& [url, shown] : urls)
    CHECK(shown_url(url) == shown);
}

TEST_CASE("of a URL that is wrong rather too much is hidden than too little") {
  const std::pair<const char*, const char*> urls[] = {
      {"http://user:sec/ret@host/", "http://user:***@host/"},
      {"http://user:12/34@host/", "http://user:***@host/"},
      {"http://user:sec@ret@host/", "http://user:***@host/"},
      {"http://user:sec@ret/1@host/", "http://user:***@host/"},
      {"http://user:sec?ret@host/", "http://user:***@host/"},
      {"http://user:sec#ret@host/", "http://user:***@host/"},
      {"http://user:sec ret@host/?a=secret", "http://user:***@host/?a=***"},
      {"user:secret@host/stream", "user:***@host/stream"},
      {"host/stream?token=secret", "host/stream?token=***"},
      {"GET /stream?token=secret HTTP/1.0", "GET /stream?token=***"},
  };
  for (const auto& [url, shown] : urls)
    CHECK(shown_url(url) == shown);
}

TEST_CASE("no line that is told of a setting shows what is secret in stream_url") {
  const auto load = [](const std::vector<std::string>& arguments,
                       const std::vector<std::string>& environment = {}) -> std::string {
    const auto command_line = parse_command_line(arguments);
    if (!command_line) return command_line.error().detail;
    const auto loaded = load_settings(*command_line, environment);
    return loaded ? describe(*loaded) : loaded.error().detail;
  };
  const std::string url = "http://host/stream?token=secret&x=secret";
  CHECK(load({"--stream-url", url}).find("stream_url = http://host/stream?token=***&x=***  #") !=
        std::string::npos);
  const std::string wrong = "http://user:secret@host:secret/?token=secret";
  const std::string told = "stream_url = 'http://user:***@host:secret/";
  for (const auto& text :
       {load({"--stream-url", wrong}), load({"--stream-url=" + wrong}),
        load({"--stream-urls=" + wrong}), load({"--stream-urls", wrong}), load({wrong}),
        load({}, {"MINIDVR_STREAM_URL=" + wrong}), load({}, {"MINIDVR_STREAM_URLS=" + wrong})}) {
    CAPTURE(text);
    CHECK(text.find("=secret") == std::string::npos);
    CHECK(text.find(":secret@") == std::string::npos);
  }
  CHECK(load({"--stream-url", wrong}).find(told) != std::string::npos);
  for (const std::string& line : {"stream_url " + wrong, "= " + wrong, "stream_url = " + wrong}) {
    const test::TemporaryFile file(line + "\n");
    const auto text = load({"--config", file.path()});
    CAPTURE(text);
    CHECK(text.find("=secret") == std::string::npos);
    CHECK(text.find(":secret@") == std::string::npos);
  }
}
