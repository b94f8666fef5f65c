// Plain HTTP and WebSocket clients that block, for tests.
#pragma once

#include "support/patience.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/object.hpp>

namespace minidvr::test {

struct HttpAnswer {
  unsigned status = 0;  // 0: no answer
  std::string body;
  std::string content_type;
};

// A connection that is kept, as browsers keep theirs. Throws when it can not be made.
class HttpConnection {
 public:
  explicit HttpConnection(std::uint16_t port);
  // No answer within `limit` is status 0.
  HttpAnswer get(const std::string& target, std::chrono::milliseconds limit = kPatience);

 private:
  boost::asio::io_context io_;
  boost::beast::tcp_stream stream_;
  std::uint16_t port_;
};

// Never throws: no answer within `limit` is status 0.
HttpAnswer get(std::uint16_t port, const std::string& target,
               std::chrono::milliseconds limit = kPatience);

// With any method and body; an empty content type sends none. As get() otherwise.
HttpAnswer request(std::uint16_t port, const std::string& method, const std::string& target,
                   const std::string& body = {},
                   const std::string& content_type = "application/json",
                   std::chrono::milliseconds limit = kPatience);

// The body as a JSON object; empty when it is none.
boost::json::object json(const HttpAnswer& answer);

class WebSocket {
 public:
  explicit WebSocket(std::uint16_t port);
  ~WebSocket();

  void send(const std::string& text);
  // The next message; nullopt when none comes within `limit`.
  std::optional<boost::json::object> receive(std::chrono::milliseconds limit = kPatience);
  // The next message with this "status", others left out.
  std::optional<boost::json::object> await(const std::string& status,
                                           std::chrono::milliseconds limit = kPatience);

 private:
  boost::asio::io_context io_;
  boost::beast::websocket::stream<boost::beast::tcp_stream> socket_;
};

}  // namespace minidvr::test
