// URLs with an address of one link.

#include "core/zoned_url.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;

TEST_CASE("The zone of a URL is taken out, and put in again as it is written there") {
  for (const char* url :
       {"http://[fe80::1%25eth0]:8000/stream", "http://[fe80::1%eth0]:8000/stream"}) {
    const auto zoned = split_zone(url);
    CHECK(zoned.url == "http://[fe80::1]:8000/stream");
    CHECK(zoned.zone == "eth0");
    CHECK(with_zone(zoned.url, zoned.zone) == "http://[fe80::1%25eth0]:8000/stream");
  }
  const auto with_user = split_zone("https://me:p%40[x@[fe80::1%25br-lan.2]/?a=%41]");
  CHECK(with_user.url == "https://me:p%40[x@[fe80::1]/?a=%41]");
  CHECK(with_user.zone == "br-lan.2");
}

TEST_CASE("A URL without a zone stays as it is") {
  for (const char* url :
       {"http://camera/100%25", "http://[::1]:8000/%25x]", "http://[fe80::1%25]/",
        "http://[fe80::1%]/", "http://[fe80::1%25a b]/", "http://[fe80::1%25eth0", "fe80::1%25eth0",
        "", "http://camera/?a=[fe80::1%25eth0]", "http://camera/@[fe80::1%25eth0]/"}) {
    const auto zoned = split_zone(url);
    CHECK(zoned.url == url);
    CHECK(zoned.zone.empty());
    CHECK(with_zone(url, "") == url);
  }
  CHECK(with_zone("http://camera/", "eth0") == "http://camera/");
}
