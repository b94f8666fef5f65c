// Bodies of requests, with a handler of the test's own. What an attacker sends is in attacks.hpp.
#include "integration/http/raw_client.hpp"
#include "integration/http/test_server.hpp"

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr::test;

namespace {

struct Row {
  std::string request;
  std::string status;  // of the answer
  std::string detail;  // exactly; empty: not looked at
};

std::string post_request(const std::string& headers, const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n" + body;
}

std::string post_json(const std::string& body) {
  return post_request(
      "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n",
      body);
}

std::vector<Row> bodies() {
  const std::string json = "Content-Type: application/json\r\n";
  const std::string chunked = json + "Transfer-Encoding: chunked\r\n";
  return {
      {post_json(R"({"value":1})"), kOk, ""},
      {post_json("nonsense"), k400,
       "the body is not JSON (syntax error); allowed is an object with value"},
      {post_json("[]"), k400, "the body must be an object with value"},
      {post_json(R"({"v":1})"), k400, "'v' is not understood; allowed is value"},
      {post_request("Content-Type: text/plain\r\nContent-Length: 2\r\n", "{}"), k415,
       "the content type must be application/json"},
      {post_request("Origin: http://test\r\nContent-Length: 2\r\n", "{}"), kOk, ""},
      {post_request(chunked, "2\r\n{}\r\n0\r\n\r\n"), kOk, ""},
      {post_request(chunked, "1;x=y\r\n{\r\n1\r\n}\r\n0\r\nX: trailer\r\n\r\n"), kOk, ""},
  };
}

}  // namespace

TEST_CASE("Bodies that a handler takes, and those that it does not") {
  TestServer server;
  for (const auto& row : bodies()) {
    CAPTURE(row.request);
    RawClient client(server.port);
    client.send(row.request);
    const auto response = client.response();
    CHECK(response.status_line == row.status);
    if (!row.detail.empty()) {
      CHECK(field(boost::json::parse(response.body), "detail") == row.detail);
    }
    // The connection is still in step.
    CHECK(client.get("/status").status_line == kOk);
  }
}

TEST_CASE("A fault of ours is told as one, and the server lives on") {
  TestServer server;
  RawClient client(server.port);
  const auto answer = client.get("/bug");
  CHECK(answer.status_line == k500);
  CHECK(field(boost::json::parse(answer.body), "detail") ==
        "this is a fault of mini-dvr; its log says more");
  CHECK(client.get("/status").status_line == kOk);
}

TEST_CASE("A body that is far too long is answered although the client goes on sending") {
  TestServer server;
  RawClient client(server.port);
  client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 4000000\r\n\r\n");
  const std::string chunk(100'000, 'x');
  for (int i = 0; i < 40; ++i)
    REQUIRE(client.send(chunk));
  CHECK(client.response().status_line == k413);
}
