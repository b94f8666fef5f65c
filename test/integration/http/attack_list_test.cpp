// The whole list of attacks.hpp, against the program as it runs, while it records: each is answered
// as is documented, and none costs a frame.
#include "integration/http/attacks.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

std::string excerpt(const std::string& bytes) {
  return bytes.substr(0, 300);
}

void send_requests(const Service& service, const std::vector<Attack>& attacks) {
  for (const auto& attack : attacks) {
    CAPTURE(excerpt(attack.bytes));
    RawClient client(service.app_port());
    client.send(attack.bytes);
    if (attack.closes) client.end_sending();
    const auto response = client.response();
    CHECK(response.status_line == attack.status);
    const auto header = [&](const std::string& name) {
      const auto found = response.headers.find(name);
      return found == response.headers.end() ? std::string("none") : found->second;
    };
    if (!attack.detail.empty()) {
      CHECK(header("Content-Type") == "application/json");
      CHECK(field(boost::json::parse(response.body), "detail") == attack.detail);
    }
    if (attack.status == k405 || attack.status == kNoContent) CHECK(header("Allow") != "none");
    CHECK(header("X-Content-Type-Options") == "nosniff");
    CHECK(header("Set-Cookie") == "none");
    CHECK(header("Connection") == (attack.closes ? "close" : "keep-alive"));
    if (attack.closes) {
      CHECK(client.at_end());
    } else {
      CHECK(client.get("/status").status_line == kOk);
    }
  }
}

// Beside the news that everybody is told, and answers to pings; null when the connection ends.
boost::json::value next_error(WebSocketClient& client) {
  for (;;) {
    const Frame next = client.receive();
    if (next.opcode == Opcode::close) return {};
    if (next.opcode != Opcode::text) continue;
    auto message = boost::json::parse(next.payload);
    if (message.at("status") == "error") return message;
  }
}

// One connection takes them all.
void send_messages(const Service& service, const std::vector<WebSocketAttack>& attacks) {
  WebSocketClient client(service.app_port());
  CHECK(client.message().at("status") == "snapshot");
  for (const auto& attack : attacks) {
    CAPTURE(excerpt(attack.bytes));
    REQUIRE(client.send_raw(attack.bytes));
    const auto message = next_error(client);
    REQUIRE(message.is_object());
    if (!attack.detail.empty()) CHECK(field(message, "detail") == attack.detail);
  }
  client.send(R"({"command":"status","request_id":"end"})");
  auto last = client.message();
  while (last.is_object() && last.at("status") != "snapshot")
    last = client.message();
  REQUIRE(last.is_object());
  CHECK(field(last, "request_id") == "end");
}

void send_frames(const Service& service, const std::vector<WebSocketAttack>& attacks) {
  for (const auto& attack : attacks) {
    CAPTURE(excerpt(attack.bytes));
    WebSocketClient client(service.app_port());
    client.message();
    REQUIRE(client.send_raw(attack.bytes));
    Frame next = client.receive();
    while (next.opcode == Opcode::text)
      next = client.receive();
    CHECK(close_code(next) == attack.code);
    CHECK(client.raw().at_end());
  }
}

// What takes its time: each on a connection of its own, while the others are sent.
class SlowAttacks {
 public:
  explicit SlowAttacks(const Service& service) : port_(service.app_port()) {
    // Headers and body, byte by byte.
    trickle("GET /status HTTP/1.1\r\nHost: test\r\n", "X: " + std::string(1000, 'a'));
    trickle(post_request("Content-Length: 1000\r\n", ""), std::string(1000, ' '));
    trickle(post_request("Transfer-Encoding: chunked\r\n", ""), "3e8\r\n" + std::string(1000, ' '));
    // Whoever says nothing, opens many at once, or ends in the middle.
    for (int i = 0; i < 50; ++i) {
      idle_.push_back(std::make_unique<RawClient>(port_, 0, "127.0.0.3"));
      if (i % 2 == 0) idle_.back()->send("GET /sta");
      if (i % 5 == 0) idle_.back()->end_sending();
      if (i % 7 == 0) idle_.back().reset();
    }
    // Whoever watches and does not read.
    for (int i = 0; i < 10; ++i) {
      lazy_.push_back(std::make_unique<RawClient>(port_, 4096, "127.0.0.4"));
      lazy_.back()->send(get_request("/stream"));
    }
  }
  ~SlowAttacks() {
    for (auto& thread : threads_)
      thread.join();
  }
  SlowAttacks(const SlowAttacks&) = delete;
  SlowAttacks& operator=(const SlowAttacks&) = delete;

  // Each was told that it was too slow, and closed.
  void check() {
    for (auto& thread : threads_)
      thread.join();
    threads_.clear();
    for (auto& client : slow_) {
      CHECK(client->response().status_line == k408);
      CHECK(client->at_end());
    }
  }

 private:
  void trickle(const std::string& at_once, const std::string& rest) {
    slow_.push_back(std::make_unique<RawClient>(port_, 0, "127.0.0.2"));
    threads_.emplace_back([client = slow_.back().get(), at_once, rest] {
      client->send(at_once);
      for (std::size_t i = 0; i < rest.size() && !client->readable(100ms); ++i)
        if (!client->send(rest.substr(i, 1))) return;
    });
  }

  std::uint16_t port_;
  std::vector<std::unique_ptr<RawClient>> slow_;
  std::vector<std::unique_ptr<RawClient>> idle_;
  std::vector<std::unique_ptr<RawClient>> lazy_;
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("Whatever an attacker sends is answered as is documented, and no frame is lost") {
  Service service({"--resolution", "640x480", "--segment-seconds", "5"});
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  service.command("start");
  REQUIRE(records(service));
  {
    SlowAttacks slow(service);
    const std::vector<std::vector<Attack>> lists = {
        rebound_names(), foreign_pages(),     odd_request_lines(), traversals(),
        odd_headers(),   smuggled_requests(), broken_handshakes()};
    std::size_t sent = 0;
    for (const auto& list : lists) {
      send_requests(service, list);
      sent += list.size();
    }
    send_messages(service, odd_messages());
    send_frames(service, broken_frames());
    sent += odd_messages().size() + broken_frames().size();
    CHECK(sent >= 300);
    slow.check();
  }
  CHECK(service.is_recording());
  CHECK(service.health().status == 200);
  service.command("stop");
  CHECK(service.recorder().at("dropped_frames") == 0);
  check_nothing_lost(service, preview);
}
