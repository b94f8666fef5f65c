#include "integration/support/http_client.hpp"

#include <boost/asio/ip/address_v4.hpp>
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
using tcp = net::ip::tcp;
namespace {

tcp::endpoint local(std::uint16_t port) {
  return {net::ip::address_v4::loopback(), port};
}

// Runs one asynchronous operation to its end; the stream's own timeout bounds it.
template <class Start>
boost::system::error_code run(net::io_context& io, Start start) {
  boost::system::error_code result = net::error::would_block;
  start([&](boost::system::error_code ec, auto&&...) { result = ec; });
  io.restart();
  io.run();
  return result;
}

using Message = http::request<http::string_body>;

Message message_for(std::uint16_t port, const std::string& method, const std::string& target,
                    const std::string& body, const std::string& content_type) {
  Message message{http::string_to_verb(method), target, 11, body};
  message.set(http::field::host, "127.0.0.1:" + std::to_string(port));
  if (!content_type.empty()) message.set(http::field::content_type, content_type);
  message.prepare_payload();
  return message;
}

HttpAnswer exchange(net::io_context& io, beast::tcp_stream& stream, const Message& message) {
  if (run(io, [&](auto done) { http::async_write(stream, message, done); })) return {};
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  if (run(io, [&](auto done) { http::async_read(stream, buffer, response, done); })) return {};
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.Move): it is read into, not moved from
  return {response.result_int(), response.body(), std::string(response[http::field::content_type])};
}

}  // namespace

HttpAnswer get(std::uint16_t port, const std::string& target, std::chrono::milliseconds limit) {
  return request(port, "GET", target, {}, {}, limit);
}

HttpConnection::HttpConnection(std::uint16_t port) : stream_(io_), port_(port) {
  stream_.expires_after(kPatience);
  stream_.connect(local(port));
}

HttpAnswer HttpConnection::get(const std::string& target, std::chrono::milliseconds limit) {
  stream_.expires_after(limit);
  return exchange(io_, stream_, message_for(port_, "GET", target, {}, {}));
}

HttpAnswer request(std::uint16_t port, const std::string& method, const std::string& target,
                   const std::string& body, const std::string& content_type,
                   std::chrono::milliseconds limit) {
  net::io_context io;
  beast::tcp_stream stream(io);
  stream.expires_after(limit);
  if (run(io, [&](auto done) { stream.async_connect(local(port), done); })) return {};
  auto message = message_for(port, method, target, body, content_type);
  message.set(http::field::connection, "close");
  return exchange(io, stream, message);
}

boost::json::object json(const HttpAnswer& answer) {
  boost::system::error_code ec;
  auto value = boost::json::parse(answer.body, ec);
  return !ec && value.is_object() ? value.get_object() : boost::json::object{};
}

WebSocket::WebSocket(std::uint16_t port) : socket_(io_) {
  auto& stream = beast::get_lowest_layer(socket_);
  stream.expires_after(kPatience);
  stream.connect(local(port));
  socket_.handshake("127.0.0.1:" + std::to_string(port), "/ws");
}

WebSocket::~WebSocket() {
  boost::system::error_code ignored;
  beast::get_lowest_layer(socket_).socket().close(ignored);
}

void WebSocket::send(const std::string& text) {
  socket_.write(net::buffer(text));
}

std::optional<boost::json::object> WebSocket::receive(std::chrono::milliseconds limit) {
  beast::flat_buffer buffer;
  beast::get_lowest_layer(socket_).expires_after(limit);
  if (run(io_, [&](auto done) { socket_.async_read(buffer, done); })) return std::nullopt;
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
