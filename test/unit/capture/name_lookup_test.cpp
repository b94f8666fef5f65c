#include "capture/name_lookup.hpp"

#include "unit/support/run_task.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;
using capture::NameLookup;

namespace {

Result<NameLookup::Endpoints> endpoints_of(const std::string& host) {
  test::Tasks tasks;
  NameLookup lookup(host, "81");
  return tasks.run(lookup.find(seconds(30)));
}

}  // namespace

TEST_CASE("a host is found by its address, with its zone, and by its name") {
  const auto v4 = endpoints_of("192.0.2.7");
  REQUIRE(v4);
  REQUIRE(v4->size() == 1);
  CHECK(v4->front() == net::ip::tcp::endpoint(net::ip::make_address("192.0.2.7"), 81));
  const auto of_link = endpoints_of("fe80::1%1");
  REQUIRE(of_link);
  REQUIRE(of_link->size() == 1);
  CHECK(of_link->front().address().to_v6().scope_id() == 1);
  CHECK(of_link->front().port() == 81);
  const auto name = endpoints_of("LocalHost");
  REQUIRE(name);
  CHECK(name->size() == 2);
  for (const auto& endpoint : *name)
    CHECK(endpoint.address().is_loopback());
}

TEST_CASE("a host that there is not is told, each time that it is asked for") {
  test::Tasks tasks;
  NameLookup lookup(std::string(300, 'a'), "81");  // no name server is asked for such a name
  for (int i = 0; i < 2; ++i) {
    const auto found = tasks.run(lookup.find(seconds(30)));
    REQUIRE_FALSE(found);
    CHECK(found.error().detail.starts_with("cannot resolve the host: "));
    CHECK(found.error().detail.find("no answer in time") == std::string::npos);
  }
}
