#include "http/cors.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;

namespace {

const AccessRules kListed = {{}, {"http://ha.local:8123"}, {}};

Request page_request(Verb verb, const std::string& origin) {
  Request request;
  request.verb = verb;
  request.path = "/api/marks";
  request.fields.set(Field::host, "camera:8080");
  if (!origin.empty()) request.fields.set(Field::origin, origin);
  return request;
}

std::string told(const HeaderLines& lines, std::string_view name) {
  const auto found = std::find_if(lines.begin(), lines.end(),
                                  [&](const auto& line) { return line.first == name; });
  return found == lines.end() ? "" : found->second;
}

}  // namespace

TEST_CASE("The browser of a listed page is told that the page may read the answer") {
  const auto lines = cors_headers(page_request(Verb::get, "http://ha.local:8123"), kListed);
  CHECK(told(lines, "Access-Control-Allow-Origin") == "http://ha.local:8123");
  CHECK(told(lines, "Access-Control-Allow-Credentials") == "true");
  CHECK(told(lines, "Access-Control-Expose-Headers").find("X-Timestamp") != std::string::npos);
  CHECK(told(lines, "Vary") == "Origin");
}

TEST_CASE("That of any other page is told nothing, and caches that it depends") {
  for (const char* origin : {"", "http://camera:8080", "http://ha.local", "null"}) {
    CAPTURE(origin);
    const auto lines = cors_headers(page_request(Verb::get, origin), kListed);
    CHECK(lines == HeaderLines{{"Vary", "Origin"}});
  }
  CHECK(cors_headers(page_request(Verb::get, "http://ha.local:8123"), {}).empty());
}

TEST_CASE("Before a listed page sends something, its browser is told what it may") {
  Request asks = page_request(Verb::options, "http://ha.local:8123");
  const std::string methods = "GET, HEAD, POST, OPTIONS";
  CHECK(preflight_headers(asks, kListed, methods).empty());
  asks.fields.set(Field::access_control_request_method, "POST");
  const auto lines = preflight_headers(asks, kListed, methods);
  CHECK(told(lines, "Access-Control-Allow-Methods") == methods);
  CHECK(told(lines, "Access-Control-Allow-Headers").find("Content-Type") != std::string::npos);
  CHECK(told(lines, "Access-Control-Allow-Headers").find("Authorization") != std::string::npos);
  CHECK(preflight_headers(asks, {}, methods).empty());
  asks.verb = Verb::post;
  CHECK(preflight_headers(asks, kListed, methods).empty());
}
