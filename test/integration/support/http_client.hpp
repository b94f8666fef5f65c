// HTTP and WebSocket clients that block, for tests.
#pragma once

#include "integration/support/client_stream.hpp"
#include "support/patience.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

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
  explicit HttpConnection(const Server& server);
  // No answer within `limit` is status 0.
  HttpAnswer get(const std::string& target, std::chrono::milliseconds limit = kPatience);

 private:
  ClientStream stream_;
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

  void send(const std::string& text);
  // The next message; nullopt when none comes within `limit`.
  std::optional<boost::json::object> receive(std::chrono::milliseconds limit = kPatience);
  // The next message with this "status", others left out.
  std::optional<boost::json::object> await(const std::string& status,
                                           std::chrono::milliseconds limit = kPatience);

 private:
  ClientStream stream_;
  boost::beast::websocket::stream<ClientStream&> socket_;
};

}  // namespace minidvr::test
