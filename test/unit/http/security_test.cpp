#include "http/security.hpp"

#include "http/websocket_session.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;

namespace {

std::string header(const HeaderLines& lines, std::string_view name) {
  const auto found = std::find_if(lines.begin(), lines.end(),
                                  [&](const auto& line) { return line.first == name; });
  return found == lines.end() ? "" : found->second;
}

Request handshake() {
  Request request;
  request.fields.set(Field::host, "camera:8080");
  request.fields.set(Field::connection, "keep-alive, Upgrade");
  request.fields.set(Field::upgrade, "websocket");
  request.fields.set(Field::sec_websocket_version, "13");
  request.fields.set(Field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
  return request;
}

unsigned status_of(const std::optional<Response>& refusal) {
  return refusal ? static_cast<unsigned>(refusal->status) : 0;
}

}  // namespace

TEST_CASE("Who may show the page in a frame is told in each way that can tell it") {
  SecurityPolicy policy;
  const auto told = [&](std::string_view name) { return header(security_headers(policy), name); };
  CHECK(told("Content-Security-Policy") == "default-src 'self'; frame-ancestors 'self'");
  CHECK(told("X-Frame-Options") == "SAMEORIGIN");
  policy.frame_ancestors = {};
  CHECK(told("Content-Security-Policy").ends_with("; frame-ancestors 'none'"));
  CHECK(told("X-Frame-Options") == "DENY");
  policy.frame_ancestors = {"self", "http://ha.local:8123"};
  CHECK(told("Content-Security-Policy").ends_with("; frame-ancestors 'self' http://ha.local:8123"));
  CHECK(told("X-Frame-Options").empty());
}

TEST_CASE("A WebSocket handshake is accepted") {
  CHECK(status_of(websocket_refusal(handshake())) == 0);
}

TEST_CASE("A broken WebSocket handshake is refused with the status that names the fault") {
  Request request = handshake();
  SECTION("a plain GET") {
    request.fields.erase(Field::upgrade);
    CHECK(status_of(websocket_refusal(request)) == 426);
  }
  SECTION("no Connection: Upgrade") {
    request.fields.set(Field::connection, "keep-alive");
    CHECK(status_of(websocket_refusal(request)) == 426);
  }
  SECTION("HTTP/1.0") {
    request.http_1_1 = false;
    CHECK(status_of(websocket_refusal(request)) == 426);
  }
  SECTION("HEAD") {
    request.verb = Verb::head;
    CHECK(status_of(websocket_refusal(request)) == 426);
  }
  SECTION("an old version") {
    request.fields.set(Field::sec_websocket_version, "8");
    const auto refusal = websocket_refusal(request);
    CHECK(status_of(refusal) == 426);
    CHECK(header(refusal->headers, "Sec-WebSocket-Version") == "13");
  }
  SECTION("no key") {
    request.fields.erase(Field::sec_websocket_key);
    CHECK(status_of(websocket_refusal(request)) == 400);
  }
  SECTION("two keys") {
    request.fields.insert(Field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
    CHECK(status_of(websocket_refusal(request)) == 400);
  }
  SECTION("a key that is too short") {
    request.fields.set(Field::sec_websocket_key, "c2hvcnQ=");
    CHECK(status_of(websocket_refusal(request)) == 400);
  }
}
