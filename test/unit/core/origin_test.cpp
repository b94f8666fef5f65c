#include "core/origin.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;

using Origins = std::vector<std::string>;

TEST_CASE("an origin has one form") {
  CHECK(normal_origin("http://homeassistant.local:8123") == "http://homeassistant.local:8123");
  CHECK(normal_origin("HTTP://HomeAssistant.LOCAL.:8123") == "http://homeassistant.local:8123");
  CHECK(normal_origin("http://camera") == "http://camera");
  CHECK(normal_origin("http://camera:80") == "http://camera");
  CHECK(normal_origin("http://camera:") == "http://camera");
  CHECK(normal_origin("https://camera:443") == "https://camera");
  CHECK(normal_origin("https://camera:80") == "https://camera:80");
  CHECK(normal_origin("http://192.168.1.20:8123") == "http://192.168.1.20:8123");
  CHECK(normal_origin("http://[2001:DB8:0::1]:80") == "http://[2001:db8::1]");
  CHECK(normal_origin("https://[::1]:8443") == "https://[::1]:8443");
}

TEST_CASE("what is no origin is none") {
  for (const char* text : {"",
                           "*",
                           "null",
                           "camera",
                           "camera:80",
                           "//camera",
                           "http:camera",
                           "http://",
                           "http://:80",
                           "ftp://camera",
                           "file://",
                           "http://camera/",
                           "http://camera/x",
                           "http://camera?x",
                           "http://user@camera",
                           "http://camera:0",
                           "http://camera:65536",
                           "http://camera:+1",
                           "http://camera:8 0",
                           "http://a b",
                           "http://*.example",
                           "http://a..b",
                           "http://::1",
                           "http://[::1",
                           "http://::1]",
                           "http://[::1]x",
                           "http://[fe80::1%1]",
                           "http://[camera]",
                           "http://camera; sandbox"}) {
    CAPTURE(text);
    CHECK_FALSE(normal_origin(text));
  }
}

TEST_CASE("the origin of a page stands in front of its address") {
  CHECK(origin_of("http://camera:8123/lovelace/0?x#y") == "http://camera:8123");
  CHECK(origin_of("https://camera?x") == "https://camera");
  CHECK(origin_of("https://camera") == "https://camera");
  for (const char* text : {"", "about:blank", "/x", "http://camera@evil.example/"})
    CHECK(origin_of(text) != "http://camera");
}

TEST_CASE("the settings allowed_origins and frame_ancestors") {
  CHECK(parse_origins("") == Origins{});
  CHECK(parse_origins(" HTTP://a:80 , https://b") == Origins{"http://a", "https://b"});
  for (const char* text : {"*", "a", "http://a,", ",http://a", "http://a https://b", "self"})
    CHECK_FALSE(parse_origins(text));
  CHECK(parse_frame_ancestors("none") == Origins{});
  CHECK(parse_frame_ancestors("Self, http://a:80") == Origins{"self", "http://a"});
  for (const char* text : {"", "none, self", "'self'", "*", "http://a;"})
    CHECK_FALSE(parse_frame_ancestors(text));
}

TEST_CASE("An address of one link has its zone in an origin, as a URL writes it") {
  CHECK(normal_origin("http://[FE80::1%25eth0]:8080") == "http://[fe80::1%25eth0]:8080");
  CHECK(normal_origin("http://[fe80::1%25eth0]:80") == "http://[fe80::1%25eth0]");
  CHECK(normal_origin("http://[fe80::1%25eth0]") != normal_origin("http://[fe80::1%25wlan0]"));
  for (const char* bad : {"http://[fe80::1%25]", "http://[fe80::1%]", "http://[fe80::1%eth0]",
                          "http://[fe80::1%25a/b]", "http://[fe80::1%25e th]"})
    CHECK_FALSE(normal_origin(bad));
}
