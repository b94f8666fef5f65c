#include "core/preview_address.hpp"

#include "core/host_name.hpp"
#include "unit/support/own_addresses.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;

namespace {

// What is recorded when ustreamer, which was on all addresses at port 8000, serves on `host`.
std::string recorded_after(const std::string& stream_url, const std::string& host = "127.0.0.1") {
  Settings settings;
  settings.preview_host = "0.0.0.0";
  settings.preview_port = 8000;
  settings.stream_url = stream_url;
  serve_preview_on(settings, host);
  CHECK(settings.preview_host == host);
  return settings.stream_url;
}

}  // namespace

TEST_CASE("What records finds ustreamer where it serves now, however its address was written") {
  for (const char* given :
       {"http://127.0.0.1:8000/stream", "http://localhost:8000/stream", "http://[::1]:8000/stream",
        "http://0.0.0.0:8000/stream", "http://127.0.1.1:8000/stream"}) {
    CAPTURE(given);
    CHECK(recorded_after(given) == "http://127.0.0.1:8000/stream");
  }
  CHECK(recorded_after("http://localhost:8000/stream?key=1&extra=2") ==
        "http://127.0.0.1:8000/stream?key=1&extra=2");
  CHECK(recorded_after("http://localhost:8000") == "http://127.0.0.1:8000");
  CHECK(recorded_after("http://me:p%40ss@localhost:8000/stream") ==
        "http://me:p%40ss@127.0.0.1:8000/stream");
  CHECK(recorded_after("http://me@[::1]:8000?at=@") == "http://me@127.0.0.1:8000?at=@");
  CHECK(recorded_after("http://127.0.0.1:8000/stream", "::1") == "http://[::1]:8000/stream");
  for (const auto& address : test::own_addresses()) {
    const auto text = address.to_string();
    CAPTURE(text);
    CHECK(recorded_after("http://" + (address.is_v4() ? text : '[' + text + ']') +
                         ":8000/stream") == "http://127.0.0.1:8000/stream");
  }
}

TEST_CASE("Another server's stream stays what it is") {
  for (const char* given :
       {"http://127.0.0.1:8001/stream", "http://203.0.113.254:8000/stream", "http://localhost/",
        "https://localhost:8000/stream", "http://camera.example:8000/stream"}) {
    CAPTURE(given);
    CHECK(recorded_after(given) == given);
  }
}

TEST_CASE("What is recorded is our ustreamer's where it is run, and stream_url leads to it") {
  Settings settings;
  settings.preview_host = "0.0.0.0";
  settings.preview_port = 8000;
  settings.stream_url = own_stream_url(settings);
  CHECK(records_preview(settings));
  settings.stream_url = "http://localhost:8000/stream?key=1";
  CHECK(records_preview(settings));
  if (const auto name = own_host_name(); !name.empty() && !name.starts_with("localhost")) {
    settings.stream_url = "http://" + name + ".fritz.box:8000/stream";
    CHECK(records_preview(settings));
  }
  settings.preview = false;
  CHECK_FALSE(records_preview(settings));
  settings.preview = true;
  for (const char* other : {"http://camera.example/stream.mjpg", "http://127.0.0.1:8001/stream"}) {
    settings.stream_url = other;
    CHECK_FALSE(records_preview(settings));
  }
}

TEST_CASE("What may be ustreamer by a name or an address that is not known yet has its port") {
  Settings settings;
  settings.preview_port = 8000;
  const auto has_port = [&](const char* stream_url) {
    settings.stream_url = stream_url;
    return names_preview_port(settings);
  };
  for (const char* url : {"http://camera.example:8000/stream", "http://203.0.113.254:8000",
                          "http://[fe80::1%25eth9]:8000/stream"}) {
    CAPTURE(url);
    CHECK(has_port(url));
  }
  for (const char* url : {"http://camera.example:8001/stream", "http://camera.example/stream",
                          "https://camera.example:8000/stream", "http://"}) {
    CAPTURE(url);
    CHECK_FALSE(has_port(url));
  }
  settings.preview_port = 80;
  CHECK(has_port("http://camera.example/stream"));
}
