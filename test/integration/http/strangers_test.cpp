// Pages of other sites, and whoever tries to be taken for one of ours, at the sockets of the real
// front end.
#include "integration/http/raw_client.hpp"
#include "integration/http/test_server.hpp"
#include "integration/http/websocket_client.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

std::string answer(TestServer& server, const std::string& request) {
  RawClient client(server.port);
  client.send(request);
  return client.response().status_line;
}

std::string to_host(const std::string& host) {
  return "GET /status HTTP/1.1\r\nHost:" + host + "\r\n\r\n";
}

}  // namespace

TEST_CASE("Under a name that is not ours nothing is to be had") {
  TestServer server;
  server.io.run([&] { server.recorder.publish({1, 2, 3}); });
  const std::string host = " HTTP/1.1\r\nHost: rebound.example:8080\r\n";
  for (const std::string target :
       {"/", "/static/app.js", "/status", "/health", "/snapshot", "/stream", "/api/controls",
        "/api/presets", "/api/presets/x", "/recordings/x.mp4", "/nothing", "*"}) {
    for (const std::string method : {"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "BREW"}) {
      CAPTURE(method, target);
      RawClient client(server.port);
      client.send(method + " " + target + host + "Content-Length: 0\r\n\r\n");
      const auto response = client.response(method != "HEAD");
      CHECK(response.status_line == k421);
      // The connection is still in step, and good for our own name.
      CHECK(client.get("/status").status_line == kOk);
    }
  }
  RawClient client(server.port);
  std::string upgrade = handshake();
  upgrade.replace(upgrade.find("test"), 4, "rebound.example");
  client.send(upgrade);
  CHECK(client.response().status_line == k421);
}

TEST_CASE("A Host that could mean two things is refused") {
  TestServer server;
  CHECK(answer(server, to_host("\t 127.0.0.1:8080 \t")) == kOk);
  CHECK(answer(server, to_host("[::1]:8080")) == kOk);
  CHECK(answer(server, to_host("[fe80::1%25eth0]:8080")) == kOk);
  CHECK(answer(server, to_host("LOCALHOST.:1")) == kOk);
  CHECK(answer(server, to_host(" 127.0.0.1:99999")) == k400);
  CHECK(answer(server, to_host(" 127.0.0.1:8080:8080")) == k400);
  CHECK(answer(server, to_host(" 127.0.0.1 evil.example")) == k400);
  CHECK(answer(server, to_host(" 127.0.0.1\tevil.example")) == k400);
  CHECK(answer(server, to_host(" 127.0.0.1, evil.example")) == k400);
  CHECK(answer(server, to_host(" 127.0.0.1@evil.example")) == k400);
  CHECK(answer(server, to_host(" evil.example#localhost")) == k400);
  CHECK(answer(server, to_host(" evil.example/localhost")) == k400);
  CHECK(answer(server, to_host(" evil.example%00.local")) == k400);
  CHECK(answer(server, to_host(" \xd0\xb5vil.local")) == k400);
  CHECK(answer(server, to_host(" localhost\r\n evil.example")) == k400);
  CHECK(answer(server, to_host(" evil..local")) == k421);
  CHECK(answer(server, to_host(" .local")) == k421);
  CHECK(answer(server, to_host(" 127.1")) == k421);
  CHECK(answer(server, to_host(" localhost\r\nHost: evil.example")) == k400);
  CHECK(answer(server, to_host(" evil.example\r\nHost: localhost")) == k400);
  CHECK(answer(server, "GET /status HTTP/1.1\r\nHost : localhost\r\n\r\n") == k400);
  CHECK(answer(server, "GET /status HTTP/1.1\r\n Host: localhost\r\n\r\n") == k400);
}

TEST_CASE("The host of the target counts, and must be that of the Host header") {
  TestServer server;
  const auto get = [&](const std::string& target, const std::string& version,
                       const std::string& headers) {
    return answer(server, "GET " + target + " HTTP/" + version + "\r\n" + headers + "\r\n");
  };
  CHECK(get("http://localhost:8080/status", "1.1", "Host: LocalHost:8080\r\n") == kOk);
  CHECK(get("http://evil.example/status", "1.1", "Host: localhost\r\n") == k400);
  CHECK(get("http://localhost/status", "1.1", "Host: evil.example\r\n") == k400);
  CHECK(get("http://localhost:1/status", "1.1", "Host: localhost:2\r\n") == k400);
  CHECK(get("http://evil.example/status", "1.1", "Host: evil.example\r\n") == k421);
  CHECK(get("http://evil.example/status", "1.1", "Host:\r\n") == k421);
  CHECK(get("http://evil.example/status", "1.0", "") == k421);
  CHECK(get("http://localhost/status", "1.0", "") == kOk);
  CHECK(get("/status", "1.0", "") == kOk);
  CHECK(get("/status", "1.0", "Host: evil.example\r\n") == k421);
}

TEST_CASE("What claims to come from a proxy is not believed") {
  TestServer server;
  for (const std::string name : {"X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded"}) {
    CAPTURE(name);
    const std::string value = name == "Forwarded" ? "host=" : "";
    CHECK(answer(server, to_host("evil.example\r\n" + name + ": " + value + "localhost")) == k421);
    CHECK(answer(server, to_host("localhost\r\n" + name + ": " + value + "evil.example")) == kOk);
  }
}

TEST_CASE("A page of another port of this machine gets nothing") {
  TestServer server;
  const std::string page =
      "Host: localhost:8080\r\nOrigin: http://localhost:3000\r\nContent-Length: 2\r\n\r\n{}";
  for (const std::string line :
       {"POST /echo", "PUT /api/presets/x", "DELETE /api/presets/x", "POST /api/controls/reset",
        "POST /api/controls/gain", "POST /nothing", "PATCH /status"}) {
    CAPTURE(line);
    CHECK(answer(server, line + " HTTP/1.1\r\n" + page) == k403);
  }
  CHECK(answer(server, "GET /status HTTP/1.1\r\n" + page) == k403);
  RawClient socket(server.port);
  std::string upgrade = handshake("Origin: http://localhost:3000\r\n");
  upgrade.replace(upgrade.find("test"), 4, "localhost:8080");
  socket.send(upgrade);
  CHECK(socket.response().status_line == k403);
  // An old browser that sends no Origin with a form, but says whose it is.
  CHECK(answer(server,
               "POST /echo HTTP/1.1\r\nHost: localhost:8080\r\nSec-Fetch-Site: same-site\r\n"
               "Content-Length: 2\r\n\r\n{}") == k403);
}

TEST_CASE("A link from another site leads to the dashboard, and to nothing else") {
  TestServer server;
  const auto from_elsewhere = [&](const std::string& target, const std::string& mode) {
    return answer(server, "GET " + target +
                              " HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n"
                              "Sec-Fetch-Mode: " +
                              mode + "\r\n\r\n");
  };
  CHECK(from_elsewhere("/", "navigate") == kOk);
  CHECK(from_elsewhere("/", "no-cors") == k403);
  CHECK(from_elsewhere("/snapshot", "navigate") == k403);
  CHECK(from_elsewhere("/stream", "no-cors") == k403);
  CHECK(from_elsewhere("/static/app.js", "no-cors") == k403);
}
