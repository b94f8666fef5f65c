#include "http/access_check.hpp"

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;

namespace {

const std::vector<std::string> kAllowed = {"dvr.example.org", "xn--mnchen-3ya.example"};
const AccessRules kRules = {kAllowed, {}, {}};
constexpr std::string_view kOwnName = "cam.example.com";

struct Header {
  std::string name;
  std::string value;
};

Request request_with(Verb verb, std::string path, const std::vector<Header>& headers) {
  Request request;
  request.verb = verb;
  request.path = std::move(path);
  for (const auto& header : headers)
    request.fields.insert(header.name, header.value);
  return request;
}

unsigned refusal(const Request& request, const AccessRules& rules = kRules) {
  const auto response = access_refusal(request, rules, kOwnName);
  return response ? static_cast<unsigned>(response->status) : 0;
}

// What a page of `origin` gets when it posts to `host`.
unsigned post(const std::string& host, const std::string& origin) {
  return refusal(request_with(Verb::post, "/api/controls", {{"Host", host}, {"Origin", origin}}));
}

unsigned get(const std::string& host, const std::string& path = "/snapshot") {
  return refusal(request_with(Verb::get, path, {{"Host", host}}));
}

std::string detail(const std::optional<Response>& response) {
  REQUIRE(response);
  const auto body = response->body.bytes();
  return std::string(
      boost::json::parse(std::string_view(body.data(), body.size())).at("detail").as_string());
}

}  // namespace

TEST_CASE("Hosts that no stranger's name can be are ours") {
  const auto host =
      GENERATE(as<std::string>{}, "127.0.0.1", "192.168.1.20", "203.0.113.7", "[::1]",
               "[fe80::1%eth0]", "[fe80::1%25eth0]", "[2001:DB8::1]", "[::ffff:192.168.1.2]",
               "localhost", "LocalHost", "localhost.", "raspberrypi", "RaspberryPi.", "pi.local",
               "PI.LOCAL", "pi.local.", "a.b.c.local", "pi.lan", "pi.home.arpa", "pi.internal",
               "xn--pi-fka.local", "dvr.example.org", "DVR.example.ORG", "dvr.example.org.",
               "xn--mnchen-3ya.example", "cam.example.com", "Cam.Example.Com.",
               // No browser sends such a form of an address; nobody's DNS answers for it either.
               "2130706433", "0x7f000001");
  CAPTURE(host);
  CHECK(is_our_host(host, kAllowed, kOwnName));
  CHECK(get(host) == 0);
  CHECK(get(host + ":8080") == 0);
}

TEST_CASE("Hosts that may be a stranger's name are not ours") {
  const auto host = GENERATE(
      as<std::string>{}, "evil.example", "EVIL.example", "evil.example.", "127.0.0.1.evil.example",
      "localhost.evil.example", "192-168-1-20.evil.example", "pi.local.evil.example", "evillocal.x",
      "notlocal.example", "home.arpa", "a.arpa", "xlocal.", "lan.example", "pi.localx",
      "sub.dvr.example.org", "dvr.example.org.evil.example", "example.org", "org.",
      "xdvr.example.org", "sub.cam.example.com", "xn--mnchen-3yb.example", "foo.localhost",
      // Forms of 127.0.0.1 that browsers write out before they send them.
      "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "127.0.0.1.", "127.0.0.256", "1.2.3.4.5",
      "127.00.0.1",
      // No names at all.
      ".local", "..local", "a..local", "a...", ".", "..", ".lan", "[::1", "::1", "[127.0.0.1]",
      "[:::]", "[1::2::3]", "[localhost]");
  CAPTURE(host);
  // Without a dot, whatever they look like.
  const bool dotless = host == "xlocal." || host == "org.";
  CHECK(is_our_host(host, kAllowed, kOwnName) == dotless);
  CHECK(get(host) == (dotless ? 0 : 421));
  CHECK(get(host, "/") == (dotless ? 0 : 421));
}

TEST_CASE("A machine without a name has not the empty one") {
  CHECK_FALSE(is_our_host("", {}, ""));
  CHECK_FALSE(is_our_host("evil.example", {}, ""));
}

TEST_CASE("A request without a Host is answered, as nobody can make a browser send one") {
  CHECK(refusal(request_with(Verb::get, "/status", {})) == 0);
  CHECK(get("") == 0);
  // Unless it says that a page sent it.
  CHECK(refusal(request_with(Verb::post, "/", {{"Origin", "http://camera"}})) == 403);
}

TEST_CASE("What a proxy says of the host is not believed") {
  CHECK(refusal(request_with(
            Verb::get, "/", {{"Host", "evil.example"}, {"X-Forwarded-Host", "localhost"}})) == 421);
  CHECK(refusal(request_with(Verb::get, "/",
                             {{"Host", "localhost"}, {"X-Forwarded-Host", "evil.example"}})) == 0);
}

TEST_CASE("The refusal says what is allowed, and names the setting") {
  const auto response = access_refusal(
      request_with(Verb::get, "/", {{"Host", "evil.example:8080"}}), kRules, kOwnName);
  CHECK(detail(response) ==
        "'evil.example:8080' is no name of this machine; allowed are IP addresses, localhost, "
        "names without a dot or in .local, .lan, .home.arpa or .internal, the machine's own name, "
        "and the names in the setting allowed_hosts; if it is one, add evil.example there");
  const auto long_one = access_refusal(
      request_with(Verb::get, "/", {{"Host", std::string(5000, 'x') + ".y"}}), kRules, kOwnName);
  CHECK(detail(long_one).size() < 400);
}

TEST_CASE("A page changes something only where it came from, with its port") {
  CHECK(post("camera:8080", "http://camera:8080") == 0);
  CHECK(post("Camera:8080", "HTTP://cAMERA:8080") == 0);
  CHECK(post("[::1]:8080", "http://[::1]:8080") == 0);
  CHECK(post("camera", "http://camera") == 0);
  CHECK(post("camera:80", "http://camera") == 0);
  CHECK(post("camera:", "http://camera") == 0);
  CHECK(post("dvr.example.org.:8080", "http://dvr.example.org.:8080") == 0);

  CHECK(post("camera:8080", "http://camera:8000") == 403);
  CHECK(post("camera:8080", "http://camera") == 403);
  CHECK(post("camera", "http://camera:8080") == 403);
  CHECK(post("camera:8080", "http://other:8080") == 403);
  CHECK(post("camera:8080", "http://evil.example") == 403);
  CHECK(post("camera:8080", "http://camera.evil.example:8080") == 403);
  CHECK(post("camera:8080", "http://camera:8080.evil.example") == 403);
  CHECK(post("camera:8080", "http://user@camera:8080") == 403);
  CHECK(post("camera:8080", "http://camera:8080/") == 403);
  CHECK(post("camera:8080", "null") == 403);
  CHECK(post("camera:8080", "file://") == 403);
  CHECK(post("camera:8080", "ftp://camera:8080") == 403);
  CHECK(post("camera:8080", "http://") == 403);
  CHECK(post("camera:8080", "") == 403);
}

TEST_CASE("A page behind a proxy that ends TLS is ours if the proxy passes the Host on") {
  CHECK(post("dvr.example.org", "https://dvr.example.org") == 0);
  CHECK(post("dvr.example.org:443", "https://dvr.example.org") == 0);
  CHECK(post("dvr.example.org:8443", "https://dvr.example.org:8443") == 0);
  CHECK(post("dvr.example.org", "https://dvr.example.org:8443") == 403);
  CHECK(post("dvr.example.org:80", "https://dvr.example.org") == 403);
  CHECK(post("127.0.0.1:8080", "https://dvr.example.org") == 403);
  const auto response = access_refusal(
      request_with(Verb::post, "/",
                   {{"Host", "127.0.0.1:8080"}, {"Origin", "https://dvr.example.org"}}),
      kRules, kOwnName);
  CHECK(detail(response) ==
        "a page of 'https://dvr.example.org' made this request, and only one of '127.0.0.1:8080' "
        "may; to let its pages ask, add https://dvr.example.org to the setting allowed_origins; a "
        "proxy must pass the Host header on as it came, with its port");
}

TEST_CASE("What a trusted proxy had as host is what was asked for") {
  const auto behind = [](const std::string& host, const std::string& forwarded,
                         const std::string& origin) {
    auto request = request_with(Verb::post, "/", {{"Host", host}, {"Origin", origin}});
    request.sender.host = forwarded;
    return refusal(request);
  };
  CHECK(behind("127.0.0.1:8080", "dvr.example.org", "https://dvr.example.org") == 0);
  CHECK(behind("127.0.0.1:8080", "dvr.example.org:8443", "https://dvr.example.org:8443") == 0);
  CHECK(behind("127.0.0.1:8080", "dvr.example.org", "http://127.0.0.1:8080") == 403);
  CHECK(behind("127.0.0.1:8080", "evil.example", "https://evil.example") == 421);
  CHECK(behind("127.0.0.1:8080", "dvr.example.org@x", "https://dvr.example.org") == 421);
  // A proxy that passes Host on as it came may pass on what the page of a rebound name made up,
  // too.
  CHECK(behind("evil.example", "localhost", "http://localhost") == 421);
}

TEST_CASE("A proxy that is not trusted is told so where the host is what is in the way") {
  const auto text = [](const std::string& host, const std::string& origin) {
    auto request = request_with(Verb::post, "/", {{"Host", host}, {"Origin", origin}});
    request.sender.peer = boost::asio::ip::make_address("192.168.1.2");
    request.sender.by_stranger = true;
    return detail(access_refusal(request, kRules, kOwnName));
  };
  const std::string added =
      "; if the proxy at 192.168.1.2 is yours, add 192.168.1.2 to the setting trusted_proxies, and "
      "what it says counts (X-Forwarded-Host, or Forwarded)";
  CHECK(text("evil.example", "http://evil.example").ends_with(added));
  CHECK(text("127.0.0.1:8080", "https://dvr.example.org").ends_with(added));
}

TEST_CASE("Two Origins are none of ours") {
  CHECK(refusal(request_with(Verb::post, "/",
                             {{"Host", "camera"},
                              {"Origin", "http://camera"},
                              {"Origin", "http://evil.example"}})) == 403);
}

TEST_CASE("Scripts may do all, pages of others nothing") {
  for (const Verb verb : {Verb::get, Verb::head, Verb::options, Verb::post, Verb::put,
                          Verb::delete_, Verb::patch, Verb::unknown}) {
    CHECK(refusal(request_with(verb, "/x", {{"Host", "camera"}})) == 0);
    CHECK(refusal(request_with(verb, "/x", {{"Host", "camera"}, {"Origin", "http://camera:1"}})) ==
          403);
  }
}

TEST_CASE("A page of a listed origin may do all") {
  const AccessRules rules = {{}, {"http://camera:8123", "https://ha.example"}, {}};
  for (const Verb verb : {Verb::get, Verb::options, Verb::post, Verb::delete_}) {
    const auto from = [&](const std::string& origin, const std::string& site) {
      return refusal(
          request_with(verb, "/x",
                       {{"Host", "camera:8080"}, {"Origin", origin}, {"Sec-Fetch-Site", site}}),
          rules);
    };
    CHECK(from("http://camera:8123", "same-site") == 0);
    CHECK(from("HTTPS://HA.example:443", "cross-site") == 0);
    CHECK(from("http://ha.example", "cross-site") == 403);
    CHECK(from("https://ha.example:8123", "cross-site") == 403);
    CHECK(from("https://ha.example.evil.example", "cross-site") == 403);
    CHECK(from("null", "cross-site") == 403);
  }
  const auto socket = [&](const std::string& origin) {
    return refusal(
        request_with(Verb::get, "/ws",
                     {{"Host", "camera:8080"}, {"Upgrade", "websocket"}, {"Origin", origin}}),
        rules);
  };
  CHECK(socket("https://ha.example") == 0);
  CHECK(socket("https://other.example") == 403);
  // It changes nothing of what a host may be.
  CHECK(refusal(request_with(Verb::get, "/x",
                             {{"Host", "evil.example"}, {"Origin", "https://ha.example"}}),
                rules) == 421);
}

TEST_CASE("A picture in a page of a listed origin comes without Origin, and with a Referer") {
  const AccessRules rules = {{}, {"https://ha.example"}, {}};
  const auto picture = [&](Verb verb, const std::string& referer) {
    return refusal(
        request_with(verb, "/stream",
                     {{"Host", "camera"}, {"Sec-Fetch-Site", "cross-site"}, {"Referer", referer}}),
        rules);
  };
  CHECK(picture(Verb::get, "https://ha.example/") == 0);
  CHECK(picture(Verb::get, "https://ha.example/lovelace/0?a=b") == 0);
  CHECK(picture(Verb::get, "https://ha.example.evil.example/") == 403);
  CHECK(picture(Verb::get, "https://evil.example/https://ha.example/") == 403);
  CHECK(picture(Verb::get, "https://ha.example@evil.example/") == 403);
  CHECK(picture(Verb::get, "") == 403);
  // What changes something has an Origin.
  CHECK(picture(Verb::post, "https://ha.example/") == 403);
}

TEST_CASE("The refusal of a page says which setting would let it") {
  const auto text = [](const std::vector<Header>& headers) {
    auto all = headers;
    all.push_back({"Host", "camera:8080"});
    all.push_back({"Sec-Fetch-Site", "cross-site"});
    return detail(access_refusal(request_with(Verb::get, "/stream", all), kRules, kOwnName));
  };
  CHECK(text({{"Origin", "http://HA.local:8123"}})
            .find("add http://ha.local:8123 to the setting allowed_origins") != std::string::npos);
  CHECK(text({{"Referer", "http://ha.local:8123/x"}})
            .find("add http://ha.local:8123 to the setting allowed_origins") != std::string::npos);
  CHECK(text({}).find("the setting allowed_origins") != std::string::npos);
}

TEST_CASE("A WebSocket is for our own pages") {
  const auto handshake = [](const std::string& name, const std::string& value) {
    return refusal(request_with(
        Verb::get, "/ws", {{"Host", "camera:8080"}, {"Upgrade", "websocket"}, {name, value}}));
  };
  CHECK(handshake("Origin", "http://camera:8080") == 0);
  CHECK(handshake("Origin", "http://camera:8000") == 403);
  CHECK(handshake("Origin", "http://evil.example") == 403);
  CHECK(handshake("Sec-Fetch-Site", "same-origin") == 0);
  CHECK(handshake("Sec-Fetch-Site", "same-site") == 403);
  CHECK(handshake("Sec-Fetch-Site", "cross-site") == 403);
}

TEST_CASE(
    "Where the browser tells whose page asks, another site's gets nothing but the dashboard") {
  const auto site = [](Verb verb, const std::string& path, const std::string& value,
                       const std::string& mode) {
    return refusal(request_with(
        verb, path, {{"Host", "camera"}, {"Sec-Fetch-Site", value}, {"Sec-Fetch-Mode", mode}}));
  };
  for (const char* own : {"same-origin", "none"}) {
    CHECK(site(Verb::get, "/snapshot", own, "no-cors") == 0);
    CHECK(site(Verb::post, "/api/controls", own, "cors") == 0);
  }
  CHECK(site(Verb::get, "/", "cross-site", "navigate") == 0);
  CHECK(site(Verb::get, "/", "same-site", "navigate") == 0);
  // Where a password is asked for the dashboard leads there.
  CHECK(site(Verb::get, "/login", "cross-site", "navigate") == 0);
  CHECK(site(Verb::get, "/login", "cross-site", "cors") == 403);
  CHECK(site(Verb::get, "/", "Cross-Site", "no-cors") == 403);
  CHECK(site(Verb::get, "/", "cross-site", "cors") == 403);
  CHECK(site(Verb::post, "/", "cross-site", "navigate") == 403);
  CHECK(site(Verb::head, "/", "cross-site", "navigate") == 403);
  CHECK(site(Verb::get, "/snapshot", "cross-site", "navigate") == 403);
  CHECK(site(Verb::get, "/stream", "cross-site", "no-cors") == 403);
  CHECK(site(Verb::get, "/static/app.js", "cross-site", "no-cors") == 403);
  CHECK(site(Verb::options, "/api/controls", "cross-site", "cors") == 403);
  CHECK(site(Verb::get, "/snapshot", "same-site", "no-cors") == 403);
  CHECK(site(Verb::put, "/api/presets/x", "same-site", "cors") == 403);
}

TEST_CASE("Refusals are logged once a minute, with their number") {
  RefusalLog log;
  const SteadyTime start{seconds(1000)};
  CHECK(log.add(start) == 1U);
  CHECK_FALSE(log.add(start + seconds(1)));
  CHECK_FALSE(log.add(start + seconds(59)));
  CHECK(log.add(start + seconds(60)) == 3U);
  CHECK_FALSE(log.add(start + seconds(61)));
  CHECK(log.add(start + seconds(500)) == 2U);
}

TEST_CASE("Of a request that came by https a page of plain http is none of ours") {
  const auto post_by_https = [](const std::string& host, const std::string& origin) {
    auto request = request_with(Verb::post, "/api/controls", {{"Host", host}, {"Origin", origin}});
    request.sender.by_https = true;
    return refusal(request);
  };
  CHECK(post_by_https("dvr.local", "https://dvr.local") == 0);
  CHECK(post_by_https("dvr.local:8080", "https://dvr.local:8080") == 0);
  CHECK(post_by_https("dvr.local", "http://dvr.local") == 403);
  CHECK(post_by_https("dvr.local:8080", "http://dvr.local:8080") == 403);
  CHECK(post_by_https("dvr.local", "https://dvr.local:8080") == 403);
  // Who came by an unknown scheme, through a proxy that does not tell: either.
  CHECK(post("dvr.local", "https://dvr.local") == 0);
}
