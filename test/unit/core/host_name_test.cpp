#include "core/host_name.hpp"

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
