// Every malformed or odd request gets the answer that the contract promises, and the server lives
// on.
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
  std::string status;   // of the first answer; empty: closed without one
  std::string detail;   // exactly; empty: not looked at
  bool closes = false;  // the connection ends after the answer
};

std::string get_request(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

std::string with(const std::string& header) {
  return "GET /status HTTP/1.1\r\nHost: test\r\n" + header + "\r\n\r\n";
}

std::string post_request(const std::string& headers, const std::string& body,
                         const std::string& target = "/echo") {
  return "POST " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n" + body;
}

std::string post_json(const std::string& body) {
  return post_request(
      "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n",
      body);
}

const std::string kBadMethod = "the method is malformed";
const std::string kBadTarget = "the target is malformed";
const std::string kBadVersion = "the HTTP version must be 1.0 or 1.1";
const std::string kForms =
    "the target must be a path such as /status, a URL such as http://host/status, or *";
const std::string kPercent = "the target has a % without two hexadecimal digits";
const std::string kControl = "the target has a control character";
const std::string kNotUtf8 = "the target is not UTF-8";
const std::string kDots = "the target has a . or .. segment";
const std::string kSlash = "the target has an encoded slash";
const std::string kBadName = "the name of a header is malformed";
const std::string kBadValue = "the value of a header is malformed";
const std::string kBadHost = "the Host header is malformed: the host is not a name or an address";
const std::string kBadLength =
    "the Content-Length is not one number, or stands beside a Transfer-Encoding";
const std::string kBadEncoding =
    "the Transfer-Encoding must be 'chunked', once, without a Content-Length";
const std::string kBadChunk = "the chunked body is malformed";
const std::string kTooLarge = "the headers are too large; allowed are 8 KiB";
const std::string kBodyTooLarge = "the body is too large; allowed are 64 KiB";
const std::string kGetOnly = "allowed here: GET, HEAD, OPTIONS";
const std::string kAnyMethod = "allowed here: GET, HEAD, POST, PUT, DELETE, OPTIONS";
const std::string kEarly = "the request ended early";

std::vector<Row> request_lines() {
  return {
      {"\r\n\r\n", k400, kBadMethod, true},
      {"nonsense\r\n\r\n", k400, kBadMethod, true},
      {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 13), k400, kBadMethod, true},
      {std::string("\0\0\0\0\r\n\r\n", 8), k400, kBadMethod, true},
      {"GET\r\n\r\n", k400, kBadMethod, true},
      {"G@T / HTTP/1.1\r\nHost: test\r\n\r\n", k400, kBadMethod, true},
      {"GET  / HTTP/1.1\r\nHost: test\r\n\r\n", k400, kBadTarget, true},
      {"GET /\r\n\r\n", k400, kBadTarget, true},
      {"GET / HTTP/0.9\r\n\r\n", k400, kBadVersion, true},
      {"GET / HTTP/2.0\r\nHost: test\r\n\r\n", k400, kBadVersion, true},
      {"GET / HTTP/11\r\nHost: test\r\n\r\n", k400, kBadVersion, true},
      {"GET / http/1.1\r\nHost: test\r\n\r\n", k400, kBadVersion, true},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", k400, kBadVersion, true},
      {"GET / HTTP/1.1 \r\nHost: test\r\n\r\n", k400, kBadVersion, true},
      {"GET / HTTP/1.1\nHost: test\n\n", k400, kBadVersion, true},
  };
}

std::vector<Row> targets() {
  return {
      {get_request("status"), k400, kForms, true},
      {get_request("ftp://test/status"), k400, kForms, true},
      {get_request("http:///status"), k400, kForms, true},
      {get_request("http://a@test/status"), k400, kForms, true},
      {get_request("/%"), k400, kPercent, true},
      {get_request("/%4"), k400, kPercent, true},
      {get_request("/%zz"), k400, kPercent, true},
      {get_request("/%00"), k400, kControl, true},
      {get_request("/%0d%0aSet-Cookie:x"), k400, kControl, true},
      {get_request("/%c0%ae%c0%ae/"), k400, kNotUtf8, true},
      {get_request("/\xff"), k400, kNotUtf8, true},
      {get_request("/static/../app/main.cpp"), k400, kDots, true},
      {get_request("/static/%2e%2e/%2e%2e/etc/passwd"), k400, kDots, true},
      {get_request("/static/..%2f..%2fetc/passwd"), k400, kSlash, true},
      {get_request("/status#top"), k400, "the target has a fragment", true},
      {get_request("/status?a=%"), k400, kPercent, true},
      {get_request("/static/"), k404, "there is nothing at /static/"},
      {get_request("/static/nothing.js"), k404, "there is nothing at /static/nothing.js"},
      {get_request("/static/\\..\\x"), k404, "there is nothing at /static/\\..\\x"},
      {get_request("/nothing"), k404, "there is nothing at /nothing"},
      {get_request("//status"), k404, "there is nothing at //status"},
      {get_request("/status/"), k404, "there is nothing at /status/"},
      {get_request("/%3Cscript%3E"), k404, "there is nothing at /<script>"},
      {get_request("http://test/status"), kOk, ""},
      {get_request("/status?refresh=1&x"), kOk, ""},
      {"OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n", kNoContent, ""},
      {get_request("*"), k405, kAnyMethod},
  };
}

std::vector<Row> methods() {
  const auto request = [](const std::string& line) {
    return line + " HTTP/1.1\r\nHost: test\r\n\r\n";
  };
  return {
      {request("POST /status"), k405, kGetOnly},
      {request("DELETE /status"), k405, kGetOnly},
      {request("TRACE /status"), k405, kGetOnly},
      {request("BREW /status"), k405, kGetOnly},
      {request("get /status"), k405, kGetOnly},
      {request("CONNECT test:443"), k405, kAnyMethod},
      {request("GET /echo"), k405, "allowed here: POST, OPTIONS"},
      {request("BREW /nothing"), k404, "there is nothing at /nothing"},
      {request("OPTIONS /status"), kNoContent, ""},
  };
}

std::vector<Row> headers() {
  const std::string many(8200, 'a');
  return {
      {"GET /status HTTP/1.1\r\n\r\n", k400, "the Host header is missing", true},
      {"GET /status HTTP/1.0\r\n\r\n", kOk, "", true},
      {with("Host: other"), k400, "there is more than one Host header", true},
      {"GET /status HTTP/1.1\r\nHost: a b\r\n\r\n", k400, kBadHost, true},
      {"GET /status HTTP/1.1\r\nHost: a;script-src *\r\n\r\n", k400, kBadHost, true},
      {"GET /status HTTP/1.1\r\nHost:\r\n\r\n", kOk, ""},
      {with("No colon"), k400, kBadName, true},
      {with(": no name"), k400, kBadName, true},
      {with("Name : value"), k400, kBadName, true},
      {with(std::string("X: a\0b", 6)), k400, kBadValue, true},
      {with("X: a\rb"), k400, "a header line does not end with CR LF", true},
      {with("X: a\nY: b"), k400, kBadValue, true},
      {with("Connection: ,=,"), k400, kBadValue, true},
      {with("X: " + many), k431, kTooLarge, true},
      {get_request("/" + many), k431, kTooLarge, true},
      {with("Connection: close"), kOk, "", true},
      {"GET /status HTTP/1.1\r\nHost: te", k400, kEarly, true},
      {"GET /ws HTTP/1.1\r\nHost: test\r\n\r\n", k426,
       "only WebSocket is spoken here: send GET, HTTP/1.1, with 'Connection: Upgrade' and "
       "'Upgrade: websocket'"},
      {get_request("/bug"), k500, "this is a fault of mini-dvr; its log says more"},
  };
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
      {post_request("Origin: http://evil.example\r\nContent-Length: 2\r\n", "{}"), k403,
       "a page of 'http://evil.example' made this request, and only one of 'test' may; to let its "
       "pages ask, add http://evil.example to the setting allowed_origins; a proxy must pass the "
       "Host header on as it came, with its port"},
      {post_request("Origin: http://test:8000\r\nContent-Length: 2\r\n", "{}"), k403, ""},
      {post_request("Origin: http://test\r\nContent-Length: 2\r\n", "{}"), kOk, ""},
      {post_request("Content-Length: x\r\n", ""), k400, kBadLength, true},
      {post_request("Content-Length: -1\r\n", ""), k400, kBadLength, true},
      {post_request("Content-Length: +2\r\n", "{}"), k400, kBadLength, true},
      {post_request("Content-Length:\r\n", ""), k400, kBadLength, true},
      {post_request("Content-Length: 99999999999999999999\r\n", ""), k400, kBadLength, true},
      {post_request("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), k400,
       "there are several Content-Length headers that differ", true},
      {post_request("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), k400,
       kBadEncoding, true},
      {post_request("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "0\r\n\r\n"), k400,
       kBadLength, true},
      {post_request("Transfer-Encoding: gzip\r\n", "{}"), k400, kBadEncoding, true},
      {post_request("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), k400, kBadEncoding, true},
      {post_request("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), k400, kBadEncoding,
       true},
      {"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", k400, kBadEncoding,
       true},
      {post_request(chunked, "2\r\n{}\r\n0\r\n\r\n"), kOk, ""},
      {post_request(chunked, "zz\r\n{}\r\n0\r\n\r\n"), k400, kBadChunk, true},
      {post_request(chunked, "2\r\n{}}}\r\n0\r\n\r\n"), k400, kBadChunk, true},
      {post_request(chunked, "fffffffffffffffff\r\n"), k400, kBadChunk, true},
      {post_request(chunked, "ffffff\r\n"), k413, kBodyTooLarge, true},
      {post_request("Content-Length: 65537\r\n", ""), k413, kBodyTooLarge, true},
      {post_request("Content-Length: 70000\r\n", std::string(70000, 'x')), k413, kBodyTooLarge,
       true},
      {post_request("Content-Length: 10\r\n", "{}"), k400, kEarly, true},
  };
}

void check(TestServer& server, const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.request.substr(0, 200));
    RawClient client(server.port);
    client.send(row.request);
    if (row.closes) client.end_sending();
    const auto response = client.response();
    CHECK(response.status_line == row.status);
    if (!row.detail.empty()) {
      CHECK(response.headers.at("Content-Type") == "application/json");
      CHECK(field(boost::json::parse(response.body), "detail") == row.detail);
    }
    if (row.status == k405 || row.status == kNoContent) CHECK(response.headers.contains("Allow"));
    if (row.status != "") CHECK(response.headers.at("X-Content-Type-Options") == "nosniff");
    if (row.closes) {
      CHECK(response.headers.at("Connection") == "close");
      CHECK(client.at_end());
    } else {
      CHECK(response.headers.at("Connection") == "keep-alive");
      // The connection is still in step.
      CHECK(client.get("/status").status_line == kOk);
    }
  }
  RawClient client(server.port);
  CHECK(client.get("/status").status_line == kOk);
}

}  // namespace

TEST_CASE("Malformed request lines are refused") {
  TestServer server;
  check(server, request_lines());
}

TEST_CASE("Odd targets are refused or answered, and lead nowhere else") {
  TestServer server;
  check(server, targets());
}

TEST_CASE("Methods that are not served are told from paths that are not there") {
  TestServer server;
  check(server, methods());
}

TEST_CASE("Malformed headers are refused") {
  TestServer server;
  check(server, headers());
}

TEST_CASE("Malformed bodies are refused, and no body is smuggled into the next request") {
  TestServer server;
  check(server, bodies());
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
