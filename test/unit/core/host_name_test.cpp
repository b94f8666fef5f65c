#include "core/host_name.hpp"

#include "unit/support/own_addresses.hpp"
#include "unit/support/without_netlink.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;

TEST_CASE("A host's name has one form, whatever its case and with or without a dot at the end") {
  CHECK(normal_host_name("DVR.Example.ORG.") == "dvr.example.org");
  CHECK(normal_host_name("pi") == "pi");
  CHECK(normal_host_name("pi_4-b.local") == "pi_4-b.local");
  CHECK(normal_host_name(std::string(63, 'a')) == std::string(63, 'a'));
}

TEST_CASE("What DNS could not have is no host's name") {
  const auto bad = GENERATE(as<std::string>{}, "", ".", "..", ".a", "a..b", "a..", "a b", "a/b",
                            "a:1", "[::1]", "a@b", "b\xc3\xbc", std::string("a\0b", 3),
                            std::string(64, 'a'), std::string(260, 'a'));
  CAPTURE(bad);
  CHECK_FALSE(normal_host_name(bad));
  std::string long_name;
  while (long_name.size() < 254)
    long_name += "abcdefg.";
  CHECK_FALSE(normal_host_name(long_name + "a"));
}

TEST_CASE("What listens everywhere is reached on the loopback, and what listens somewhere, there") {
  CHECK(local_address("0.0.0.0").to_string() == "127.0.0.1");
  CHECK(local_address("::").to_string() == "::1");
  CHECK(local_address("192.0.2.7").to_string() == "192.0.2.7");
  CHECK(local_address("::1").to_string() == "::1");
}

TEST_CASE("This machine's own name is in that form, too") {
  const std::string name = own_host_name();
  if (!name.empty()) CHECK(normal_host_name(name) == name);
}

TEST_CASE("This machine is known by each of its names and addresses") {
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "0.0.0.0",
                           "::", "::ffff:127.0.0.1"}) {
    CAPTURE(host);
    CHECK(is_this_machine(host));
  }
  for (const auto& address : test::own_addresses()) {
    CAPTURE(address.to_string());
    CHECK(is_this_machine(address.to_string()));
  }
  if (const auto name = own_host_name(); !name.empty()) {
    CHECK(is_this_machine(name));
    const auto label = name.substr(0, name.find('.'));
    if (label != "localhost") {
      for (const char* domain : {"", ".local", ".fritz.box", ".EXAMPLE.org."})
        CHECK(is_this_machine(label + domain));
    }
    CHECK_FALSE(is_this_machine("not-" + name));
    CHECK_FALSE(is_this_machine("camera." + name + ".example"));
  }
  for (const char* host : {"", "203.0.113.254", "2001:db8::77", "224.0.0.1", "255.255.255.255",
                           "ff02::1", "camera.example", "localhost.evil", "not a name"}) {
    CAPTURE(host);
    CHECK_FALSE(is_this_machine(host));
  }
}

TEST_CASE("A service that may not ask for the list of addresses knows which are its own") {
  for (const auto& address : test::own_addresses()) {
    const std::string text = address.to_string();
    CAPTURE(text);
    CHECK(test::without_netlink([&] { return is_this_machine(text); }).value_or(true));
  }
  CHECK(test::without_netlink([] { return !is_this_machine("203.0.113.254"); }).value_or(true));
}
