// HTTP and WebSocket clients that block, for tests.
#pragma once

#include "support/patience.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/object.hpp>

namespace minidvr::test {

// Whom a client asks, on the loopback.
struct Server {
  Server(std::uint16_t its_port)  // NOLINT(google-explicit-constructor): most speak plain HTTP
      : port(its_port) {}
  Server(std::uint16_t its_port, std::filesystem::path its_certificate)
      : port(its_port), certificate(std::move(its_certificate)) {}
  std::uint16_t port;
  std::filesystem::path certificate;  // who it has to be, for 127.0.0.1; empty: plain HTTP
};

struct HttpAnswer {
  unsigned status = 0;  // 0: no answer
  std::string body;
  std::string content_type;
};

// A connection that is kept, as browsers keep theirs. Throws when it can not be made.
class HttpConnection {
 public:
  explicit HttpConnection(const Server& server);
  // No answer within `limit` is status 0.
  HttpAnswer get(const std::string& target, std::chrono::milliseconds limit = kPatience);

 private:
  using Tls = boost::asio::ssl::stream<boost::beast::tcp_stream>;

  boost::asio::io_context io_;
  std::optional<boost::beast::tcp_stream> plain_;
  std::optional<boost::asio::ssl::context> context_;
  std::optional<Tls> tls_;
  std::uint16_t port_;
};

// Never throws: no answer within `limit` is status 0.
HttpAnswer get(const Server& server, const std::string& target,
               std::chrono::milliseconds limit = kPatience);

// With any method and body; an empty content type sends none. As get() otherwise.
HttpAnswer request(const Server& server, const std::string& method, const std::string& target,
                   const std::string& body = {},
                   const std::string& content_type = "application/json",
                   std::chrono::milliseconds limit = kPatience);

// The body as a JSON object; empty when it is none.
boost::json::object json(const HttpAnswer& answer);

class WebSocket {
 public:
  explicit WebSocket(const Server& server);
  ~WebSocket();

  void send(const std::string& text);
  // The next message; nullopt when none comes within `limit`.
  std::optional<boost::json::object> receive(std::chrono::milliseconds limit = kPatience);
  // The next message with this "status", others left out.
  std::optional<boost::json::object> await(const std::string& status,
                                           std::chrono::milliseconds limit = kPatience);

 private:
  using Plain = boost::beast::websocket::stream<boost::beast::tcp_stream>;
  using Tls = boost::beast::websocket::stream<boost::asio::ssl::stream<boost::beast::tcp_stream>>;

  boost::asio::io_context io_;
  std::optional<boost::asio::ssl::context> context_;
  std::unique_ptr<Plain> plain_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace minidvr::test
