// Start and stop as clients meet them: who is told what, how often, and in which order.
#include "integration/http/test_server.hpp"
#include "integration/http/websocket_client.hpp"

#include <string>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace minidvr;
using namespace minidvr::test;
namespace json_ns = boost::json;

namespace {

std::string next(WebSocketClient& client) {
  return json_ns::serialize(client.answer());
}

std::string reply(WebSocketClient& client, const std::string& command) {
  client.send(command);
  return next(client);
}

// A client that has had its snapshot.
WebSocketClient connected(const TestServer& server) {
  WebSocketClient client(server.port);
  client.message();
  return client;
}

// Everything that was sent before is read and done; nothing was left unread.
void check_nothing_more(WebSocketClient& client) {
  CHECK(reply(client, R"({"command":"status","request_id":"end"})").find(R"("snapshot")") !=
        std::string::npos);
}

RawResponse post(RawClient& client, const std::string& body,
                 const std::string& more = "Content-Type: application/json\r\n") {
  client.send(
      fmt::format("POST /api/recording HTTP/1.1\r\nHost: test\r\n{}Content-Length: {}\r\n\r\n{}",
                  more, body.size(), body));
  return client.response();
}

// Sends a request that switches recording on, and returns when it has taken effect.
void post_and_go_on(RawClient& client, TestServer& server) {
  client.send(
      "POST /api/recording HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\n\r\n{\"on\":true}");
  const auto deadline = Steady::now() + kPatience;
  while (!server.io.run([&] { return server.recorder.status.recording_wanted; })) {
    REQUIRE(Steady::now() < deadline);
    std::this_thread::sleep_for(milliseconds(5));
  }
}

}  // namespace

TEST_CASE("Start and stop are told to everybody once, with the request_id for the sender alone") {
  TestServer server;
  auto sender = connected(server);
  auto other = connected(server);
  CHECK(reply(sender, R"({"command":"start","request_id":"a"})") ==
        R"({"status":"recording","file":"file1.mp4","request_id":"a"})");
  CHECK(next(other) == R"({"status":"recording","file":"file1.mp4"})");
  CHECK(reply(sender, R"({"command":"start","request_id":"b"})") ==
        R"({"status":"recording","file":"file1.mp4","request_id":"b"})");
  CHECK(reply(sender, R"({"command":"start"})") == R"({"status":"recording","file":"file1.mp4"})");
  server.io.run([&] { server.recorder.begin_file("file2.mp4"); });
  CHECK(next(sender) == R"({"status":"recording","file":"file2.mp4"})");
  CHECK(next(other) == R"({"status":"recording","file":"file2.mp4"})");
  CHECK(reply(sender, R"({"command":"stop"})") == R"({"status":"idle","file":"file2.mp4"})");
  CHECK(next(other) == R"({"status":"idle","file":"file2.mp4"})");
  CHECK(reply(other, R"({"command":"stop","request_id":"c"})") ==
        R"({"status":"idle","file":"file2.mp4","request_id":"c"})");
  check_nothing_more(sender);
  check_nothing_more(other);
}

TEST_CASE("Several requests that one event answers get an answer each, and the event comes once") {
  TestServer server;
  server.io.run([&] { server.recorder.held = true; });
  auto sender = connected(server);
  auto plain = connected(server);
  auto other = connected(server);
  sender.send(R"({"command":"start","request_id":"1"})");
  sender.send(R"({"command":"start","request_id":"2"})");
  sender.send(R"({"command":"start"})");
  plain.send(R"({"command":"start"})");
  plain.send(R"({"command":"start"})");
  check_nothing_more(sender);
  check_nothing_more(plain);
  server.io.run([&] { server.recorder.release(); });
  CHECK(next(sender) == R"({"status":"recording","file":"file1.mp4","request_id":"1"})");
  CHECK(next(sender) == R"({"status":"recording","file":"file1.mp4","request_id":"2"})");
  CHECK(next(plain) == R"({"status":"recording","file":"file1.mp4"})");
  CHECK(next(other) == R"({"status":"recording","file":"file1.mp4"})");
  check_nothing_more(sender);
  check_nothing_more(plain);
  check_nothing_more(other);
}

TEST_CASE("A start that has to wait for the camera says so to its sender alone") {
  TestServer server;
  server.io.run([&] { server.recorder.held = true; });
  auto sender = connected(server);
  auto other = connected(server);
  CHECK(reply(sender, R"({"command":"start","request_id":"a"})") ==
        R"({"status":"waiting","detail":"no camera","request_id":"a"})");
  CHECK(reply(sender, R"({"command":"start"})") == R"({"status":"waiting","detail":"no camera"})");
  check_nothing_more(other);
  server.io.run([&] { server.recorder.release(); });
  CHECK(next(sender) == R"({"status":"recording","file":"file1.mp4"})");
  CHECK(next(other) == R"({"status":"recording","file":"file1.mp4"})");
}

TEST_CASE("While a command waits its sender is answered everything else") {
  TestServer server;
  auto client = connected(server);
  reply(client, R"({"command":"start"})");
  server.io.run([&] { server.recorder.held = true; });
  client.send(R"({"command":"stop","request_id":"1"})");
  const auto status = reply(client, R"({"command":"status","request_id":"2"})");
  CHECK(status.find(R"("request_id":"2")") != std::string::npos);
  CHECK(
      reply(client, R"({"command":"controls:list","refresh":1,"request_id":"3"})").find("\"3\"") !=
      std::string::npos);
  CHECK(reply(client, "?").find("error") != std::string::npos);
  server.io.run([&] { server.recorder.release(); });
  CHECK(next(client) == R"({"status":"idle","file":"file1.mp4","request_id":"1"})");
}

TEST_CASE("A command that a later one has made pointless is answered at once, and makes no file") {
  TestServer server;
  auto sender = connected(server);
  auto plain = connected(server);
  auto other = connected(server);
  server.io.run([&] { server.recorder.held = true; });
  sender.send(R"({"command":"start","request_id":"1"})");
  check_nothing_more(sender);
  plain.send(R"({"command":"start"})");
  check_nothing_more(plain);
  other.send(R"({"command":"stop","request_id":"2"})");
  CHECK(next(sender) == R"({"status":"idle","file":"","request_id":"1"})");
  CHECK(next(plain) == R"({"status":"idle","file":""})");
  server.io.run([&] { server.recorder.release(); });
  CHECK(next(other) == R"({"status":"idle","file":"","request_id":"2"})");
  CHECK(next(sender) == R"({"status":"idle","file":""})");
  CHECK(server.io.run([&] { return server.recorder.files; }) == 0);
}

TEST_CASE("A command is carried out although its sender leaves before the answer") {
  TestServer server;
  server.io.run([&] { server.recorder.held = true; });
  auto other = connected(server);
  {
    auto client = connected(server);
    client.send(R"({"command":"start","request_id":"1"})");
    check_nothing_more(client);
  }
  server.io.run([&] { server.recorder.release(); });
  CHECK(next(other) == R"({"status":"recording","file":"file1.mp4"})");
}

TEST_CASE("So many commands of a client wait; more are an error, and one that changes is not") {
  TestServer server;
  auto client = connected(server);
  reply(client, R"({"command":"start"})");
  server.io.run([&] { server.recorder.held = true; });
  for (std::size_t i = 0; i < dvr::Commands::kMostWaitingOfOne; ++i)
    client.send(R"({"command":"stop"})");
  CHECK(
      reply(client, R"({"command":"stop","request_id":"x"})") ==
      R"({"status":"error","code":"busy","detail":"too many commands are waiting; try again in a )"
      R"(moment","request_id":"x"})");
  client.send(R"({"command":"start","request_id":"y"})");
  for (std::size_t i = 0; i < dvr::Commands::kMostWaitingOfOne; ++i)
    CHECK(next(client) == R"({"status":"recording","file":"file1.mp4"})");
  server.io.run([&] { server.recorder.release(); });
  CHECK(next(client) == R"({"status":"recording","file":"file2.mp4","request_id":"y"})");
}

TEST_CASE("A command that waits when the server stops is answered with an error") {
  TestServer server;
  server.io.run([&] { server.recorder.held = true; });
  auto client = connected(server);
  client.send(R"({"command":"start","request_id":"1"})");
  check_nothing_more(client);
  server.shut_down();
  CHECK(
      next(client) ==
      R"({"status":"error","code":"unavailable","detail":"Mini-DVR is ending","request_id":"1"})");
}

TEST_CASE("Recording is switched by a request, too, and everybody is told") {
  TestServer server;
  auto listener = connected(server);
  RawClient client(server.port);
  const auto on = post(client, R"({"on":true})");
  CHECK(on.status_line == kOk);
  const auto status = json_ns::parse(on.body);
  CHECK(status.at("recording") == "running");
  CHECK(status.at("current_file") == "file1.mp4");
  CHECK(next(listener) == R"({"status":"recording","file":"file1.mp4"})");
  CHECK(post(client, R"({"on":true})").status_line == kOk);
  const auto off = post(client, R"({"on":false})");
  CHECK(off.status_line == kOk);
  CHECK(json_ns::parse(off.body).at("recording") == "stopped");
  CHECK(next(listener) == R"({"status":"idle","file":"file1.mp4"})");
  CHECK(post(client, R"({"on":false})").status_line == kOk);
  check_nothing_more(listener);
}

TEST_CASE("A request that takes longer is accepted, and says what it waits for") {
  TestServer server;
  server.io.run([&] { server.recorder.held = true; });
  RawClient client(server.port);
  const auto on = post(client, R"({"on":true})");
  CHECK(on.status_line == "HTTP/1.1 202 Accepted");
  CHECK(json_ns::parse(on.body).at("detail") == "no camera");
  CHECK(json_ns::parse(on.body).at("recording") == "running");
  server.io.run([&] {
    server.recorder.release();
    server.recorder.held = true;
  });
  const auto off = post(client, R"({"on":false})");
  CHECK(off.status_line == "HTTP/1.1 202 Accepted");
  CHECK(json_ns::parse(off.body).at("detail") ==
        "recording is switched off, and what was recorded is still being written to the disk");
}

TEST_CASE("A request that another client's command makes pointless is answered with what is") {
  TestServer server;
  server.io.run([&] { server.recorder.held = true; });
  auto other = connected(server);
  RawClient client(server.port);
  post_and_go_on(client, server);
  other.send(R"({"command":"stop"})");
  const auto response = client.response();
  CHECK(response.status_line == kOk);
  CHECK(json_ns::parse(response.body).at("recording") == "stopped");
}

TEST_CASE("A request that waits when the server stops is told so") {
  TestServer server;
  server.io.run([&] { server.recorder.held = true; });
  RawClient client(server.port);
  post_and_go_on(client, server);
  server.shut_down();
  const auto response = client.response();
  CHECK(response.status_line == k503);
  CHECK(field(json_ns::parse(response.body), "detail") == "Mini-DVR is ending");
}

TEST_CASE("A request that is wrong switches nothing") {
  TestServer server;
  RawClient client(server.port);
  const std::string json_type = "Content-Type: application/json\r\n";
  CHECK(post(client, "on").status_line == k400);
  CHECK(post(client, "[]").status_line == k400);
  const auto empty = post(client, "{}");
  CHECK(empty.status_line == k400);
  CHECK(field(json_ns::parse(empty.body), "detail") ==
        R"(the body must be {"on": true} or {"on": false})");
  CHECK(post(client, R"({"on":true,"off":1})").status_line == k400);
  CHECK(post(client, R"({"on":"yes"})").status_line == "HTTP/1.1 422 Unprocessable Entity");
  CHECK(post(client, R"({"on":true})", "Content-Type: text/plain\r\n").status_line == k415);
  CHECK(post(client, R"({"on":true})", json_type + "Origin: http://elsewhere\r\n").status_line ==
        k403);
  const auto get = client.get("/api/recording");
  CHECK(get.status_line == k405);
  CHECK(get.headers.at("Allow") == "POST, OPTIONS");
  CHECK_FALSE(server.io.run([&] { return server.recorder.status.recording_wanted; }));
}
