#include "core/networks.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;

namespace {

bool is_in(const char* network, const char* address) {
  return parse_network(network).value().contains(boost::asio::ip::make_address(address));
}

bool may(const char* setting, const char* address, bool password = false) {
  const auto allowed = parse_allowed_networks(setting);
  REQUIRE(allowed);
  return is_allowed(*allowed, boost::asio::ip::make_address(address), password);
}

}  // namespace

TEST_CASE("a network holds the addresses with its first bits, to the bit") {
  CHECK(is_in("192.168.0.0/16", "192.168.255.255"));
  CHECK_FALSE(is_in("192.168.0.0/16", "192.169.0.0"));
  CHECK(is_in("172.16.0.0/12", "172.31.255.255"));
  CHECK_FALSE(is_in("172.16.0.0/12", "172.32.0.0"));
  CHECK(is_in("10.0.0.7", "10.0.0.7"));
  CHECK_FALSE(is_in("10.0.0.7", "10.0.0.6"));
  CHECK(is_in("0.0.0.0/0", "203.0.113.1"));
  CHECK_FALSE(is_in("0.0.0.0/0", "2001:db8::1"));
  CHECK(is_in("::/0", "2001:db8::1"));
  CHECK(is_in("fe80::/10", "febf::1%lo"));
  CHECK_FALSE(is_in("fe80::/10", "fec0::1"));
  // An IPv4 client of a socket that takes both.
  CHECK(is_in("192.168.0.0/16", "::ffff:192.168.1.1"));
}

TEST_CASE("what is no network is refused, and so are bits behind the prefix") {
  for (const char* text : {"", "x", "192.168.0.0/33", "192.168.0.0/-1", "192.168.0.0/", "/8",
                           "192.168.0.1/16", "::1/129", "fd00::1/8", "10.0.0.0/8 ", "10.0/8"})
    CHECK_FALSE(parse_network(text));
}

TEST_CASE("a list of networks, and its text") {
  const auto texts = [](const char* list) {
    const auto networks = parse_networks(list);
    REQUIRE(networks);
    std::vector<std::string> all;
    for (const auto& network : *networks)
      all.push_back(network_text(network));
    return all;
  };
  using Texts = std::vector<std::string>;
  CHECK(texts(" ").empty());
  CHECK(texts("127.0.0.1, ::1") == Texts{"127.0.0.1", "::1"});
  CHECK(texts("172.16.0.0/12,FD00::/8,0.0.0.0/0,::/0") ==
        Texts{"172.16.0.0/12", "fd00::/8", "0.0.0.0/0", "::/0"});
  for (const char* text : {"x", "127.0.0.1,", "127.0.0.1 ::1", "private", "10.0.0.1/8"})
    CHECK_FALSE(parse_networks(text));
}

TEST_CASE("the setting allow_networks") {
  CHECK(may("any", "203.0.113.1"));
  CHECK(may("auto", "192.168.1.1"));
  CHECK_FALSE(may("auto", "203.0.113.1"));
  CHECK(may("auto", "203.0.113.1", true));
  CHECK_FALSE(may("private", "203.0.113.1", true));
  CHECK(may("203.0.113.0/24, private", "203.0.113.1"));
  CHECK(may("203.0.113.0/24, private", "169.254.3.4"));
  CHECK_FALSE(may("203.0.113.0/24", "192.168.1.1"));
  // This machine itself, whatever is listed.
  CHECK(may("203.0.113.0/24", "127.0.0.1"));
  CHECK(may("203.0.113.0/24", "::1"));
  for (const char* text : {"", "all", "any, private", "10.0.0.0/8,", ",10.0.0.0/8"})
    CHECK_FALSE(parse_allowed_networks(text));
}
