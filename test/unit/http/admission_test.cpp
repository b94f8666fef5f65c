#include "http/admission.hpp"

#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;

namespace {

Limits limits() {
  Limits result;
  result.connections = 6;
  result.connections_per_network = 3;
  return result;
}

OpenConnection waiting(const std::string& network, int since) {
  return {network, SteadyTime(seconds(since))};
}

OpenConnection busy(const std::string& network) {
  return {network, std::nullopt};
}

std::string network(const char* address) {
  return network_of(boost::asio::ip::make_address(address));
}

}  // namespace

TEST_CASE("While there is room, everybody gets in and nobody has to go") {
  const std::vector<OpenConnection> open = {waiting("a", 1), waiting("a", 2), busy("b")};
  const auto verdict = admission(open, "a", limits());
  CHECK(verdict.admitted);
  CHECK_FALSE(verdict.closes);
}

TEST_CASE("An address that has its share gets in for its own longest waiting connection") {
  const std::vector<OpenConnection> open = {waiting("b", 1), waiting("a", 7), busy("a"),
                                            waiting("a", 5)};
  const auto verdict = admission(open, "a", limits());
  CHECK(verdict.admitted);
  CHECK(verdict.closes == 3U);
  CHECK_FALSE(admission(open, "c", limits()).closes);
}

TEST_CASE("An address whose share is all at work is refused, others are not") {
  const std::vector<OpenConnection> open = {waiting("b", 1), busy("a"), busy("a"), busy("a")};
  CHECK_FALSE(admission(open, "a", limits()).admitted);
  CHECK(admission(open, "b", limits()).admitted);
}

TEST_CASE("When all places are taken the longest waiting connection of all goes") {
  const std::vector<OpenConnection> open = {busy("a"),       waiting("a", 4), waiting("b", 3),
                                            waiting("b", 2), busy("c"),       busy("d")};
  CHECK(admission(open, "e", limits()).closes == 3U);
  const std::vector<OpenConnection> at_work = {busy("a"), busy("a"), busy("b"),
                                               busy("b"), busy("c"), busy("d")};
  CHECK_FALSE(admission(at_work, "e", limits()).admitted);
}

TEST_CASE("Nobody is refused as long as nobody is at work") {
  std::vector<OpenConnection> open;
  const Limits defaults;
  for (int i = 0; i < 2000; ++i) {
    const auto verdict = admission(open, i % 7 == 0 ? "b" : "a", defaults);
    REQUIRE(verdict.admitted);
    if (verdict.closes) open.erase(open.begin() + static_cast<std::ptrdiff_t>(*verdict.closes));
    open.push_back(waiting(i % 7 == 0 ? "b" : "a", i));
    REQUIRE(open.size() <= defaults.connections);
  }
}

TEST_CASE("A host counts once, however many addresses it makes up") {
  CHECK(network("192.168.1.2") == "192.168.1.2");
  CHECK(network("::ffff:192.168.1.2") == "192.168.1.2");
  CHECK(network("2001:db8:1:2:aaaa::1") == network("2001:db8:1:2:bbbb::2"));
  CHECK(network("2001:db8:1:2::1") != network("2001:db8:1:3::1"));
  CHECK(network("192.168.1.2") != network("192.168.1.3"));
}
