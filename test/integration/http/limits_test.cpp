// How long and how much a client may; with times that a test can wait for.
#include "integration/http/raw_client.hpp"
#include "integration/http/small_server.hpp"
#include "integration/http/websocket_client.hpp"
#include "support/captured_stderr.hpp"
#include "tls/self_signed.hpp"
#include "tls/server_pair.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

// Of a server that speaks https.
std::shared_ptr<net::ssl::context> own_tls() {
  const TemporaryFolder folder;
  const auto pair =
      tls::make_self_signed({"localhost"}, std::chrono::days(1), std::chrono::system_clock::now())
          .value();
  const tls::PairFiles files{folder.write("certificate", pair.certificate),
                             folder.write("key", pair.key)};
  return tls::read_server_pair(files).value().context;
}

// A client of https that takes anybody, and reads as slowly as it is told to.
class SlowTlsClient {
 public:
  explicit SlowTlsClient(std::uint16_t port) : context_(net::ssl::context::tls_client) {
    net::ip::tcp::socket socket(io_);
    socket.open(net::ip::tcp::v4());
    socket.set_option(net::socket_base::receive_buffer_size(4096));
    socket.connect({net::ip::address_v4::loopback(), port});
    stream_.emplace(std::move(socket), context_);
    stream_->handshake(net::ssl::stream_base::client);
  }
  void send(const std::string& text) { net::write(*stream_, net::buffer(text)); }
  // False at the end of the connection, and when nothing comes.
  bool read(std::size_t bytes) {
    std::string text(bytes, '\0');
    error_code result = net::error::timed_out;
    net::async_read(*stream_, net::buffer(text), [&](error_code ec, std::size_t) { result = ec; });
    io_.restart();
    io_.run_for(kPatience);
    return !result;
  }

 private:
  net::io_context io_;
  net::ssl::context context_;
  std::optional<net::ssl::stream<net::ip::tcp::socket>> stream_;
};

}  // namespace

TEST_CASE(
    "Who does not shake hands in time is let go: silent, half a handshake, a byte at a time") {
  SmallServer server(short_limits(), {}, own_tls());
  const std::string beginning("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  RawClient silent(server.port);
  CHECK(silent.at_end());
  RawClient half(server.port);
  half.send(beginning);
  CHECK(half.at_end());
  RawClient trickles(server.port);
  for (const char byte : beginning) {
    trickles.send({&byte, 1});
    std::this_thread::sleep_for(milliseconds(100));
  }
  CHECK_FALSE(trickles.fill(1));
  server.wait_for_connections(0);
}

TEST_CASE("What is no handshake after all is let go at once") {
  auto limits = short_limits();
  limits.header_time = std::chrono::hours(1);
  SmallServer server(limits, {}, own_tls());
  RawClient client(server.port);
  client.send({"\x16\x03\x01\x00\x04nono", 9});
  CHECK_FALSE(client.fill(1000));  // there is an alert, and the end
  server.wait_for_connections(0);
}

TEST_CASE("Half a handshake holds a place, and is the first to go when somebody else comes") {
  http::Limits limits;
  limits.header_time = std::chrono::hours(1);
  limits.connections = 1;
  SmallServer server(limits, {}, own_tls());
  RawClient half(server.port);
  half.send({"\x16\x03\x01", 3});
  server.wait_for_connections(1);
  SlowTlsClient client(server.port);
  client.send("GET /small HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(client.read(10));
  CHECK(half.at_end());
}

TEST_CASE(
    "By https, too, an answer goes on to whoever takes a little of it at a time, and not to "
    "who takes nothing") {
  const std::string path = GENERATE("/file", "/huge");
  CAPTURE(path);
  auto limits = short_limits();
  limits.header_time = kPatience;
  SmallServer server(limits, {}, own_tls());
  SlowTlsClient client(server.port);
  client.send("GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
  for (int i = 0; i < 30; ++i) {
    REQUIRE(client.read(16'384));
    std::this_thread::sleep_for(milliseconds(100));
  }
  CHECK(server.connections() == 1);
  server.wait_for_connections(0);
}

TEST_CASE("A server that stops ends handshakes that have begun, and what is being sent") {
  const auto begun = Steady::now();
  {
    SmallServer server({}, {}, own_tls());
    RawClient half(server.port);
    half.send({"\x16\x03\x01", 3});
    SlowTlsClient reads(server.port);
    reads.send("GET /file HTTP/1.1\r\nHost: test\r\n\r\n");
    REQUIRE(reads.read(16'384));
    server.wait_for_connections(2);
  }
  CHECK(Steady::now() - begun < kPatience);
}

TEST_CASE("A request whose headers do not end is told so and closed") {
  SmallServer server(short_limits());
  RawClient client(server.port);
  client.send("GET /small HTTP/1.1\r\nHo");
  const auto response = client.response();
  CHECK(response.status_line == k408);
  CHECK(field(boost::json::parse(response.body), "detail") == "the headers came too slowly");
  CHECK(client.at_end());
}

TEST_CASE("A body that does not end is told so and closed") {
  SmallServer server(short_limits());
  RawClient client(server.port);
  client.send("POST /small HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n{");
  const auto response = client.response();
  CHECK(response.status_line == k408);
  CHECK(field(boost::json::parse(response.body), "detail") == "the body came too slowly");
  CHECK(client.at_end());
}

TEST_CASE("A connection without a request is closed without a word") {
  SmallServer server(short_limits());
  RawClient silent(server.port);
  CHECK(silent.at_end());
  RawClient idle(server.port);
  CHECK(idle.get("/small").status_line == kOk);
  CHECK(idle.at_end());
}

TEST_CASE("A client that does not take its answer is let go") {
  SmallServer server(short_limits());
  RawClient client(server.port, 4096);
  client.send("GET /huge HTTP/1.1\r\nHost: test\r\n\r\n");
  server.wait_for_connections(1);
  server.wait_for_connections(0);
}

TEST_CASE(
    "An answer goes on to whoever takes a little of it at a time, and not to who takes nothing") {
  const std::string path = GENERATE("/file", "/huge");
  CAPTURE(path);
  SmallServer server(short_limits());
  RawClient client(server.port, 4096);
  client.send("GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
  // Several times as long as a client may take nothing.
  auto taken = Steady::now();
  for (int i = 0; i < 30; ++i) {
    const bool has_more = client.fill(2048);
    if (Steady::now() - taken > short_limits().write_time / 2) {
      WARN("not run: the machine is too busy for a client to take a little at a time");
      return;
    }
    REQUIRE(has_more);
    client.take(2048);
    taken = Steady::now();
    std::this_thread::sleep_for(milliseconds(100));
  }
  CHECK(server.connections() == 1);
  server.wait_for_connections(0);
}

TEST_CASE(
    "A file that the kernel has taken is in use, and its client busy, until the client has it") {
  SmallServer server(short_limits());
  RawClient client(server.port, 4096);
  client.send("GET /kernel HTTP/1.1\r\nHost: test\r\n\r\n");
  const std::string head = client.take_until("\r\n\r\n");
  REQUIRE(head.starts_with(kOk));
  // Several times as long as a connection may be idle.
  for (int i = 0; i < 30; ++i) {
    REQUIRE(client.fill(2048));
    client.take(2048);
    std::this_thread::sleep_for(milliseconds(100));
  }
  CHECK(server.connections() == 1);
  CHECK(server.file_is_in_use());
  constexpr auto rest = SmallServer::kKernelBytes - 30 * 2048;
  CHECK(client.fill(rest));
  client.take(rest);
  CHECK(client.get("/small").status_line == kOk);
  CHECK_FALSE(server.file_is_in_use());
}

TEST_CASE("A client that takes its answer slowly gets all of it") {
  auto limits = short_limits();
  limits.write_time = seconds(20);
  SmallServer server(limits);
  RawClient client(server.port, 16384);
  client.send("GET /huge HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  const auto response = client.response();
  CHECK(response.body.size() == 50'000'000);
  CHECK(client.at_end());
}

TEST_CASE("A WebSocket client that lets too much wait is closed, and told why") {
  http::Limits limits;
  limits.websocket_close_time = kPatience;
  SmallServer server(limits);
  const auto texts_until_close = [&](int wanted, unsigned& code) {
    WebSocketClient client(server.port, 4096);
    client.send(std::to_string(wanted));
    int texts = 0;
    Frame next = client.receive();
    for (; next.opcode == Opcode::text; next = client.receive()) {
      CHECK(next.payload.size() == SmallServer::kFloodBytes);
      if (++texts == wanted) return texts;
    }
    code = close_code(next);
    CHECK(next.payload.substr(std::min<std::size_t>(2, next.payload.size())) ==
          "more waits to be read than is kept");
    return texts;
  };
  unsigned code = 0;
  // The one that is sent, and two that wait.
  CHECK(texts_until_close(3, code) == 3);
  CHECK(texts_until_close(4, code) < 4);
  CHECK(code == 1008);
}

TEST_CASE("A port that is taken is an error in one line that names it") {
  SmallServer server(short_limits());
  http::Router router;
  const std::string detail = server.io.run([&] {
    const auto bound = http::Listener::bind(server.io.executor(), "127.0.0.1", server.port, router,
                                            http::ListenerOptions{}, {});
    return bound ? std::string() : bound.error().detail;
  });
  CHECK(detail == "cannot listen on 127.0.0.1 port " + std::to_string(server.port) +
                      ": Address already in use; stop what uses it or choose another port");
}

TEST_CASE("IPv6 is served, and :: serves IPv4 too") {
  IoThread io;
  http::Router router;
  std::unique_ptr<http::Listener> listener;
  io.run([&] {
    auto bound = http::Listener::bind(io.executor(), "::", 0, router, http::ListenerOptions{}, {});
    if (!bound) return;  // a machine without IPv6
    listener = std::move(*bound);
    listener->run();
  });
  if (!listener) return;
  {
    RawClient client(listener->endpoint().port());
    CHECK(client.get("/x").status_line == k404);
  }
  io.await(listener->shut_down());
  io.run([&] { listener.reset(); });
}

TEST_CASE("A bug that a client comes upon ends his connection, and is told among his lines") {
  const CapturedStderr captured;
  {
    SmallServer server(http::Limits{});
    for (int i = 0; i < 3; ++i) {
      RawClient client(server.port);
      client.send("GET /faulty HTTP/1.1\r\nHost: test\r\n\r\n");
      CHECK(client.response().status_line == kOk);
      CHECK(client.at_end());
    }
    RawClient other(server.port);
    CHECK(other.get("/small").status_line == kOk);
  }
  const std::string text = captured.text();
  CHECK(count(text, "http: the connection of 127.0.0.1 failed: a bug of ours") == 3);
  CHECK(count(text, "task connection failed") == 0);
}
