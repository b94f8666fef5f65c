#include "http/target.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;

namespace {

std::string path_of(std::string_view text) {
  const auto target = parse_target(text);
  return target ? target->path : "refused: " + target.error().detail;
}

}  // namespace

TEST_CASE("A target's path is decoded") {
  CHECK(path_of("/") == "/");
  CHECK(path_of("/status?refresh=1") == "/status");
  CHECK(path_of("/a%20b/%C3%BC") == "/a b/ü");
  CHECK(path_of("/a/") == "/a/");
  CHECK(path_of("//a") == "//a");
  CHECK(path_of("/a+b") == "/a+b");
  CHECK(path_of("*") == "*");
}

TEST_CASE("A target in absolute form means its path") {
  CHECK(path_of("http://camera:8080/status") == "/status");
  CHECK(path_of("https://[::1]/") == "/");
  CHECK(path_of("http://camera") == "/");
  CHECK(path_of("http://camera?x=1") == "/");
  CHECK(parse_target("http://camera:8080/status")->authority == "camera:8080");
  CHECK(parse_target("/status")->authority.empty());
}

TEST_CASE("A target that could mean two things is refused") {
  const auto bad = GENERATE(as<std::string_view>{}, "", "status", "ftp://host/", "http://",
                            "http:///x", "http://a b/", "http://user@host/", "/%", "/%4", "/%zz",
                            "/%00", "/%0a", "/%7f", "/%ff", "/%c0%af", "/\xff", "/a%2fb", "/a%2Fb",
                            "/.", "/..", "/./a", "/.//a", "/a|b", "/\\", "/?a=\"", "/static/../x",
                            "/static/%2e%2e/x", "/a/./b", "/a#b", "/?%", "/?a=%00", "/?a=%ff");
  CAPTURE(bad);
  const auto target = parse_target(bad);
  REQUIRE_FALSE(target.has_value());
  CHECK(target.error().code == Errc::malformed);
  CHECK_FALSE(target.error().detail.empty());
}

TEST_CASE("A query is decoded in order, and a + in it is a blank") {
  const auto target = parse_target("/x?a=1&b=&&c&d=a+b%2Bc=d&a=2");
  REQUIRE(target.has_value());
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"a", "1"}, {"b", ""}, {"c", ""}, {"d", "a b+c=d"}, {"a", "2"}};
  CHECK(target->query == expected);
}

TEST_CASE("An authority is a host that may be repeated in a header, and a port") {
  const auto with_port = parse_authority("raspi-4.local:8080");
  REQUIRE(with_port.has_value());
  CHECK(with_port->host == "raspi-4.local");
  CHECK(with_port->port == "8080");
  CHECK(parse_authority("127.0.0.1.example.org")->host == "127.0.0.1.example.org");
  const auto ipv6 = parse_authority("[fe80::1]:80");
  REQUIRE(ipv6.has_value());
  CHECK(ipv6->host == "[fe80::1]");
  const auto with_zone = parse_authority("[fe80::1%25eth0]:80");
  REQUIRE(with_zone.has_value());
  CHECK(with_zone->host == "[fe80::1%25eth0]");
  CHECK(parse_authority("a:65535").has_value());
  CHECK(parse_authority("a:")->port.empty());

  const auto bad =
      GENERATE(as<std::string_view>{}, "", ":80", "a b", "a;b", "a,b", "a'b", "user@a", "[::1",
               "[]", "[::1]x80", "[::1;]", "[::1%]", "[::1%a b]", "[%eth0]", "a%b", "a:80:80",
               "a:b", "a:123456", "a:65536", "a:99999", "a:-1", "a:+1", "b\xc3\xbc", "a\tb");
  CAPTURE(bad);
  CHECK_FALSE(parse_authority(bad).has_value());
}

TEST_CASE("The way from a page to the root is relative") {
  CHECK(way_to_root("/") == "./");
  CHECK(way_to_root("/recordings") == "./");
  CHECK(way_to_root("/recordings/") == "../");
  CHECK(way_to_root("/api/recordings/x/frames") == "../../../");
}
