#include "integration/support/http_client.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>

namespace minidvr::test {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace {

using Message = http::request<http::string_body>;

Message message_for(std::uint16_t port, const std::string& method, const std::string& target,
                    const std::string& body, const std::string& content_type) {
  Message message{http::string_to_verb(method), target, 11, body};
  message.set(http::field::host, "127.0.0.1:" + std::to_string(port));
  if (!content_type.empty()) message.set(http::field::content_type, content_type);
  message.prepare_payload();
  return message;
}

HttpAnswer answer_over(ClientStream& stream, const Message& message) {
  boost::system::error_code ec;
  http::write(stream, message, ec);
  if (ec) return {};
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  http::read(stream, buffer, parser, ec);
  if (ec) return {};
  const auto response = parser.release();
  return {response.result_int(), response.body(), std::string(response[http::field::content_type])};
}

}  // namespace

HttpAnswer get(const Server& server, const std::string& target, std::chrono::milliseconds limit) {
  return request(server, "GET", target, {}, {}, limit);
}

HttpConnection::HttpConnection(const Server& server) : stream_(server), port_(server.port) {}

HttpAnswer HttpConnection::get(const std::string& target, std::chrono::milliseconds limit) {
  stream_.expires_after(limit);
  return answer_over(stream_, message_for(port_, "GET", target, {}, {}));
}

HttpAnswer request(const Server& server, const std::string& method, const std::string& target,
                   const std::string& body, const std::string& content_type,
                   std::chrono::milliseconds limit) {
  auto message = message_for(server.port, method, target, body, content_type);
  message.set(http::field::connection, "close");
  try {
    ClientStream stream(server, limit);
    return answer_over(stream, message);
  } catch (const boost::system::system_error&) {
    return {};
  }
}

boost::json::object json(const HttpAnswer& answer) {
  boost::system::error_code ec;
  auto value = boost::json::parse(answer.body, ec);
  return !ec && value.is_object() ? value.get_object() : boost::json::object{};
}

WebSocket::WebSocket(const Server& server) : stream_(server), socket_(stream_) {
  socket_.handshake("127.0.0.1:" + std::to_string(server.port), "/ws");
}

void WebSocket::send(const std::string& text) {
  stream_.expires_after(kPatience);
  socket_.write(net::buffer(text));
}

std::optional<boost::json::object> WebSocket::receive(std::chrono::milliseconds limit) {
  stream_.expires_after(limit);
  beast::flat_buffer buffer;
  boost::system::error_code ec;
  socket_.read(buffer, ec);
  if (ec) return std::nullopt;
  return boost::json::parse(beast::buffers_to_string(buffer.data())).as_object();
}

std::optional<boost::json::object> WebSocket::await(const std::string& status,
                                                    std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    auto message = receive(left);
    if (!message || message->at("status").as_string() == status) return message;
  }
}

}  // namespace minidvr::test
