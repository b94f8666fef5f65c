// Whatever a WebSocket client says: an error and life goes on, or a close with the right code.
#include "integration/http/test_server.hpp"
#include "integration/http/websocket_client.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr::test;

namespace {

const std::string kAllowed =
    R"(allowed is {"command": "start"}, or "stop", "status", "mark", "controls:list", "controls:set" in )"
    R"(place of "start", with an optional "request_id")";

struct Answered {
  std::string bytes;   // one or more frames
  std::string detail;  // of the error
};

std::vector<Answered> answered_messages() {
  const std::string not_json = "the message is not JSON; " + kAllowed;
  const std::string no_object = "the message is not an object; " + kAllowed;
  const std::string no_string = "the command must be a string; " + kAllowed;
  const std::string bad_id = "request_id must be a string of at most 128 bytes";
  const std::string too_long = "the message is too long; allowed are 64 KiB";
  const std::string binary = "binary messages are not understood; send JSON as text";
  const auto text = [](std::string_view payload) { return frame(Opcode::text, payload); };
  return {
      {text(""), not_json},
      {text("start"), not_json},
      {text("{"), not_json},
      {text("{\"command\":\"start\"} x"), not_json},
      {text("{'command':'start'}"), not_json},
      {text(std::string(10000, '[')), not_json},
      {text(std::string(10000, '{')), not_json},
      {text("{\"command\":\"start\",\"x\":NaN}"), not_json},
      {text("\xEF\xBB\xBF{\"command\":\"start\"}"), not_json},
      {text("[]"), no_object},
      {text("17"), no_object},
      {text("\"start\""), no_object},
      {text("null"), no_object},
      {text("{}"), "there is no command; " + kAllowed},
      {text(R"({"request_id":"1"})"), "there is no command; " + kAllowed},
      {text(R"({"command":1})"), no_string},
      {text(R"({"command":null})"), no_string},
      {text(R"({"command":["start"]})"), no_string},
      {text(R"({"command":123456789012345678901234567890})"), no_string},
      {text(R"({"command":"START"})"), "'START' is not a command; " + kAllowed},
      {text(R"({"command":"rm -rf"})"), "'rm -rf' is not a command; " + kAllowed},
      {text(R"({"command":"start","request_id":5})"), bad_id},
      {text(R"({"command":"start","request_id":{}})"), bad_id},
      {text(R"({"command":"start","request_id":")" + std::string(129, 'x') + "\"}"), bad_id},
      {frame(Opcode::binary, "{\"command\":\"start\"}"), binary},
      {frame(Opcode::binary, ""), binary},
      {frame(Opcode::binary, std::string(200'000, '\xff')), binary},
      {text(std::string(65537, ' ')), too_long},
      {text(std::string(3'000'000, 'x')), too_long},
      {frame(Opcode::text, "{\"comm", false) + frame(Opcode::ping, "between") +
           frame(Opcode::continuation, "and\":\"x\"}"),
       "'x' is not a command; " + kAllowed},
  };
}

struct Closed {
  std::string bytes;
  unsigned code;
};

std::vector<Closed> closed_messages() {
  return {
      {frame(Opcode::text, "\xff\xfe"), 1007},
      {frame(Opcode::text, "{}", true, false), 1002},      // not masked
      {frame(static_cast<Opcode>(3), "x"), 1002},          // unknown opcode
      {frame(Opcode::continuation, "x"), 1002},            // continues nothing
      {frame(Opcode::ping, std::string(126, 'x')), 1002},  // control frame too long
      {frame(Opcode::ping, "x", false), 1002},             // control frame in parts
      {frame(Opcode::text, "a", false) + frame(Opcode::text, "b"), 1002},
      {frame(static_cast<Opcode>(0x41), "x"), 1002},             // reserved bit
      {frame(Opcode::close, "x"), 1002},                         // half a close code
      {frame(Opcode::close, std::string("\x03\xe8", 2)), 1000},  // an orderly end
  };
}

}  // namespace

TEST_CASE(
    "A message that is wrong gets an error that says what is allowed, and the connection lives") {
  TestServer server;
  WebSocketClient client(server.port);
  CHECK(client.message().at("status") == "snapshot");
  for (const auto& row : answered_messages()) {
    CAPTURE(row.bytes.substr(0, 100));
    REQUIRE(client.send_raw(row.bytes));
    Frame next = client.receive();
    if (next.opcode == Opcode::pong) next = client.receive();
    REQUIRE(next.opcode == Opcode::text);
    const auto message = boost::json::parse(next.payload);
    CHECK(message.at("status") == "error");
    CHECK(field(message, "detail") == row.detail);
  }
  client.send(R"({"command":"status","request_id":"end"})");
  const auto last = client.message();
  CHECK(last.at("status") == "snapshot");
  CHECK(last.at("request_id") == "end");
}

TEST_CASE("A client that breaks the protocol is closed with the code that says so") {
  TestServer server;
  for (const auto& row : closed_messages()) {
    CAPTURE(row.code, row.bytes);
    WebSocketClient client(server.port);
    client.message();
    REQUIRE(client.send_raw(row.bytes));
    CHECK(close_code(client.receive()) == row.code);
    CHECK(client.raw().at_end());
  }
  WebSocketClient client(server.port);
  CHECK(client.message().at("status") == "snapshot");
}

TEST_CASE("A WebSocket handshake from another site's page is refused") {
  TestServer server;
  RawClient client(server.port);
  client.send(handshake("Origin: http://evil.example\r\n"));
  CHECK(client.response().status_line == k403);
  client.send(handshake("Origin: http://test\r\n"));
  CHECK(client.response(false).status_line == "HTTP/1.1 101 Switching Protocols");
}

TEST_CASE("Frames that come with the handshake are refused instead of lost") {
  TestServer server;
  RawClient client(server.port);
  client.send(handshake() + frame(Opcode::text, R"({"command":"start"})"));
  CHECK(client.response().status_line == k400);
  CHECK(client.at_end());
}
