// All of it on addresses of IPv6.

#include "integration/support/command.hpp"
#include "integration/support/network.hpp"
#include "integration/support/service.hpp"

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

Service::Options options_on(const std::string& host, std::vector<std::string> more = {}) {
  Service::Options options;
  options.arguments = {"--app-host", host, "--preview-host", host, "--record-at-start", "on"};
  options.arguments.insert(options.arguments.end(), more.begin(), more.end());
  options.answers = false;
  return options;
}

Said status_of(const Service& service) {
  std::vector<std::string> words = {"status", "--json"};
  words.insert(words.end(), service.arguments().begin(), service.arguments().end());
  return say(std::move(words), service.environment());
}

bool records_by_status(const Service& service) {
  return wait_until(
      [&] {
        boost::system::error_code ec;
        const auto told = boost::json::parse(status_of(service).out, ec);
        return !ec && told.at("camera").at("online").as_bool() &&
               told.at("recorder").at("frames").to_number<int>() > 0;
      },
      kPatience);
}

}  // namespace

TEST_CASE("the page, the preview and the recording go over IPv6") {
  const auto* host = GENERATE("::1", "::", "::ffff:127.0.0.1");
  CAPTURE(host);
  Service service(options_on(host));
  CHECK(records_by_status(service));
  const auto said = status_of(service);
  INFO(said.err);
  CHECK(said.status == 0);
  CHECK(service.terminate() == 0);
  CHECK_FALSE(service.files().empty());
}

TEST_CASE("an address of one link is used with its zone") {
  const OwnNetwork network;
  if (!network.is_own()) {
    WARN("not run: no right to make a network");
    return;
  }
  REQUIRE(OwnNetwork::begin_loopback());
  REQUIRE(OwnNetwork::add_address("fe80::5"));
  SECTION("of our ustreamer") {
    Service service(options_on("fe80::5%lo"));
    CHECK(records_by_status(service));
    CHECK(status_of(service).status == 0);
    CHECK(service.terminate() == 0);
    CHECK_FALSE(service.files().empty());
    CHECK(service.logs("page on http://[fe80::5%25lo]:"));
  }
  SECTION("of another server, as a URL has it") {
    Service server(options_on("fe80::5%lo"));
    REQUIRE(records_by_status(server));
    const auto port = std::to_string(server.preview_port());
    for (const auto* zone : {"%25lo", "%lo"}) {
      Service service(
          options_on("::1", {"--preview", "off", "--stream-url",
                             std::string("http://[fe80::5") + zone + "]:" + port + "/stream"}));
      CHECK(records_by_status(service));
    }
  }
  SECTION("that is not there") {
    Service service(options_on("fe80::5%eth7"));
    CHECK(service.logs("there is no network interface eth7"));
  }
}
