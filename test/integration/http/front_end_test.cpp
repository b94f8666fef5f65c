// The resources and the WebSocket as clients meet them.
#include "integration/http/test_server.hpp"
#include "integration/http/websocket_client.hpp"

#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace minidvr;
using namespace minidvr::test;
namespace json_ns = boost::json;

namespace {

const std::vector<std::uint8_t> kJpeg = {0xff, 0xd8, 0x00, '\r', '\n', '\r',
                                         '\n', '-',  '-',  0xff, 0xd9};

std::string text_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

// One part of the relayed stream.
std::string part(RawClient& client) {
  const std::string head = client.take_until("\r\n\r\n");
  const auto at = head.find("Content-Length: ");
  REQUIRE(at != std::string::npos);
  const auto size = std::stoul(head.substr(at + 16));
  REQUIRE(client.fill(size));
  std::string body = client.take(size);
  CHECK(client.take_until("--boundarydonotcross\r\n") == "\r\n--boundarydonotcross\r\n");
  return body;
}

}  // namespace

TEST_CASE("The dashboard and its files are served, and asked for only once") {
  TestServer server;
  RawClient client(server.port);
  const auto page = client.get("/");
  CHECK(page.status_line == kOk);
  CHECK(page.headers.at("Content-Type") == "text/html; charset=utf-8");
  CHECK(page.body == "<p>port 8000</p>");
  CHECK(page.headers.at("Content-Security-Policy").find("img-src 'self' blob: data:;") !=
        std::string::npos);
  const auto script = client.get("/static/app.js");
  CHECK(script.body == "let a;");
  client.send("GET /static/app.js HTTP/1.1\r\nHost: test\r\nIf-None-Match: " +
              script.headers.at("ETag") + "\r\n\r\n");
  CHECK(client.response().status_line == "HTTP/1.1 304 Not Modified");
  client.send("HEAD /static/app.js HTTP/1.1\r\nHost: test\r\n\r\n");
  const auto head = client.response(false);
  CHECK(head.headers.at("Content-Length") == "6");
  CHECK(client.get("/status").status_line == kOk);
}

TEST_CASE("Requests that come all at once are answered in order") {
  TestServer server;
  RawClient client(server.port);
  const std::string host = " HTTP/1.1\r\nHost: test\r\n\r\n";
  client.send("GET /static/app.js" + host + "HEAD /" + host + "GET /nothing" + host);
  CHECK(client.response().body == "let a;");
  CHECK(client.response(false).headers.at("Content-Length") == "16");
  CHECK(client.response().status_line == k404);
}

TEST_CASE("A client that waits for 100 Continue is told to go on") {
  TestServer server;
  RawClient client(server.port);
  client.send(
      "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.response(false).status_line == "HTTP/1.1 100 Continue");
  client.send(R"({"value":5})");
  CHECK(client.response().body == R"({"value":5})");
}

TEST_CASE("Health is 503 while a check fails") {
  TestServer server;
  RawClient client(server.port);
  CHECK(client.get("/health").status_line == kOk);
  server.io.run([&] { server.recorder.status.preview_check = {false, "no frames"}; });
  const auto response = client.get("/health");
  CHECK(response.status_line == k503);
  CHECK(field(json_ns::parse(response.body), "detail") == "preview: no frames");
  CHECK(client.get("/status").status_line == kOk);
}

TEST_CASE("A snapshot is the newest frame while it is fresh") {
  TestServer server;
  RawClient client(server.port);
  CHECK(client.get("/snapshot").status_line == k503);
  server.io.run([&] { server.recorder.publish(kJpeg); });
  const auto response = client.get("/snapshot");
  CHECK(response.headers.at("Content-Type") == "image/jpeg");
  CHECK(response.headers.at("Cache-Control") == "no-store");
  CHECK(response.body == text_of(kJpeg));
  server.io.run([&] { server.recorder.publish(kJpeg, Steady::now() - seconds(2)); });
  CHECK(client.get("/snapshot").status_line == k503);
}

TEST_CASE("The stream is relayed byte for byte, beginning with the newest frame") {
  TestServer server;
  server.io.run([&] { server.recorder.publish(kJpeg); });
  RawClient client(server.port);
  client.send("GET /stream HTTP/1.1\r\nHost: test\r\n\r\n");
  const auto head = client.response();
  CHECK(head.status_line == kOk);
  CHECK(head.headers.at("Content-Type") == "multipart/x-mixed-replace;boundary=boundarydonotcross");
  CHECK(client.take_until("\r\n") == "--boundarydonotcross\r\n");
  CHECK(part(client) == text_of(kJpeg));
  const std::vector<std::uint8_t> second(300'000, 7);
  server.io.run([&] { server.recorder.publish(second); });
  CHECK(part(client) == text_of(second));
}

TEST_CASE("A client of the stream that may read no multipart gets the same bytes as another type") {
  TestServer server;
  server.io.run([&] { server.recorder.publish(kJpeg); });
  RawClient client(server.port);
  CHECK(client.get("/stream?raw=1&fps=x").status_line == k400);
  client.send("GET /stream?raw=1 HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(client.response().headers.at("Content-Type") == "application/octet-stream");
  CHECK(client.take_until("\r\n") == "--boundarydonotcross\r\n");
  CHECK(part(client) == text_of(kJpeg));
}

TEST_CASE("A client of the stream that wants fewer frames gets fewer") {
  TestServer server;
  RawClient client(server.port);
  CHECK(client.get("/stream?fps=0").status_line == k400);
  CHECK_THAT(field(boost::json::parse(client.get("/stream?fps=x").body), "detail"),
             Catch::Matchers::Contains("from 0.1 to 120"));
  client.send("GET /stream?fps=10 HTTP/1.1\r\nHost: test\r\n\r\n");
  client.response();
  client.take_until("\r\n");
  const auto begin = Steady::now();
  for (std::uint8_t i = 0; i < 30; ++i) {
    server.io.run([&] { server.recorder.publish({i}, begin + i * milliseconds(40)); });
    if (i % 5 == 0) CHECK(part(client) == std::string(1, static_cast<char>(i)));
    if (i % 5 == 2) CHECK(part(client) == std::string(1, static_cast<char>(i)));
  }
}

TEST_CASE("A slow client of the stream skips frames instead of falling behind") {
  TestServer server;
  RawClient client(server.port, 4096);
  client.send("GET /stream HTTP/1.1\r\nHost: test\r\n\r\n");
  client.response();
  client.take_until("\r\n");
  constexpr std::size_t kFrames = 200;
  constexpr std::size_t kSize = 200'000;
  for (std::size_t i = 0; i < kFrames; ++i) {
    server.io.run([&] {
      server.recorder.publish(std::vector<std::uint8_t>(kSize, static_cast<std::uint8_t>(i)));
    });
  }
  std::size_t parts = 0;
  std::string newest;
  do {
    newest = part(client);
    REQUIRE(newest.size() == kSize);
    REQUIRE(newest.find_first_not_of(newest[0]) == std::string::npos);
    ++parts;
  } while (static_cast<std::uint8_t>(newest[0]) != kFrames - 1 && parts <= kFrames);
  CHECK(parts < 20);
}

// What waits for a slow client is old when it gets there: no more than the frame under way and the
// next one may. (One that was chosen as soon as there was room for it is the third.)
TEST_CASE("After the frame under way a slow client of the stream gets nearly the newest") {
  TestServer server;
  RawClient client(server.port, 4096);
  client.send("GET /stream HTTP/1.1\r\nHost: test\r\n\r\n");
  client.response();
  client.take_until("\r\n");
  constexpr std::uint8_t kFrames = 100;
  constexpr std::size_t kSize = 30'000;
  for (std::uint8_t i = 0; i < kFrames; ++i) {
    server.io.run([&] { server.recorder.publish(std::vector<std::uint8_t>(kSize, i)); });
  }
  std::size_t parts = 0;
  while (static_cast<std::uint8_t>(part(client).at(0)) != kFrames - 1)
    REQUIRE(++parts <= kFrames);
  CHECK(parts <= 3);
}

TEST_CASE("A client of the stream that leaves while no frames come is noticed") {
  TestServer server;
  {
    RawClient client(server.port);
    client.send("GET /stream HTTP/1.1\r\nHost: test\r\n\r\n");
    client.response();
  }
  RawClient other(server.port);
  CHECK(other.get("/status").status_line == kOk);
}

TEST_CASE("A WebSocket begins with a snapshot, and status asks for another") {
  TestServer server;
  WebSocketClient client(server.port);
  const auto snapshot = client.message();
  CHECK(snapshot.at("status") == "snapshot");
  CHECK(snapshot.at("recording") == "stopped");
  CHECK(snapshot.at("camera").at("device") == "/dev/fake");
  client.send(R"({"command":"status","request_id":"7"})");
  const auto again = client.answer();
  CHECK(again.at("status") == "snapshot");
  CHECK(again.at("request_id") == "7");
}

TEST_CASE("An update carries what changed, and comes again only when something changes") {
  TestServer server;
  WebSocketClient client(server.port);
  client.message();
  server.io.run([&] {
    server.recorder.status.uptime = 5;
    server.recorder.status.recorder.frames = 17;
  });
  const auto update = client.message();
  CHECK(update.at("status") == "update");
  CHECK(update.at("recorder").as_object().size() == 1);
  CHECK(update.at("recorder").at("frames") == 17);
  CHECK(update.at("uptime") == 5);
  CHECK_FALSE(update.as_object().contains("camera"));
  // What a client was told by a snapshot is not told again.
  server.io.run([&] { server.recorder.status.recorder.frames = 18; });
  client.send(R"({"command":"status"})");
  json_ns::value next = client.message();
  if (next.at("status") == "update") next = client.message();
  CHECK(next.at("status") == "snapshot");
  server.io.run([&] { server.recorder.status.recorder.gaps = 1; });
  const auto later = client.message();
  CHECK(json_ns::serialize(later.at("recorder")) == R"({"gaps":1})");
}

TEST_CASE("A WebSocket client that does not read is closed, and slows nobody") {
  TestServer server;
  WebSocketClient lazy(server.port, 4096);
  WebSocketClient other(server.port);
  other.message();
  json_ns::object big;
  big["status"] = "news";
  big["text"] = std::string(100'000, 'x');
  std::size_t received = 0;
  for (int i = 0; i < 200; ++i) {
    server.io.run([&] { server.front_end->clients().broadcast(big); });
    const auto message = other.answer();
    if (message.is_object() && message.at("status") == "news") ++received;
  }
  CHECK(received == 200);
  // It is let go soon, though nothing more can be said to it.
  const auto deadline = Steady::now() + kPatience;
  const auto clients = [&] {
    return server.io.run([&] { return server.front_end->clients().size(); });
  };
  while (clients() > 1 && Steady::now() < deadline)
    std::this_thread::sleep_for(milliseconds(10));
  CHECK(clients() == 1);
  // What had been sent is still there to read, then comes the end.
  std::size_t left = 0;
  while (left < 200 && lazy.receive().opcode == Opcode::text)
    ++left;
  CHECK(left < 200);
}

TEST_CASE("A WebSocket client that asks much at once gets all its answers") {
  TestServer server;
  WebSocketClient client(server.port);
  client.message();
  constexpr int kQuestions = 1000;
  std::string questions;
  for (int i = 0; i < kQuestions; ++i)
    questions += frame(Opcode::text, fmt::format(R"({{"command":"status","request_id":"{}"}})", i));
  std::thread asking([&] { client.send_raw(questions); });
  int answers = 0;
  while (answers < kQuestions) {
    const auto message = client.answer();
    if (!message.is_object() || !message.as_object().contains("request_id")) break;
    CHECK(field(message, "request_id") == std::to_string(answers));
    ++answers;
  }
  asking.join();
  CHECK(answers == kQuestions);
}

TEST_CASE("Everything ends within a second when the server stops") {
  TestServer server;
  server.io.run([&] { server.recorder.publish(kJpeg); });
  RawClient idle(server.port);
  idle.get("/status");
  RawClient half(server.port);
  half.send("GET /sta");
  RawClient stream(server.port);
  stream.send("GET /stream HTTP/1.1\r\nHost: test\r\n\r\n");
  stream.response();
  WebSocketClient polite(server.port);
  polite.message();
  WebSocketClient busy(server.port);
  busy.message();
  server.io.run([&] { server.recorder.held = true; });
  busy.send(R"({"command":"start"})");

  const auto before = Steady::now();
  std::thread stopping([&] { server.shut_down(); });
  const Frame goodbye = polite.receive();
  CHECK(close_code(goodbye) == 1001);
  polite.send_raw(frame(Opcode::close, goodbye.payload));
  stopping.join();
  CHECK(Steady::now() - before < seconds(8));  // less than what any other limit takes
  CHECK(idle.at_end());
}
