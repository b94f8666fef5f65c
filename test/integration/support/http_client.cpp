#include "integration/support/http_client.hpp"

#include <utility>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/ssl.hpp>
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

template <class Stream>
HttpAnswer exchange(net::io_context& io, Stream& stream, const Message& message) {
  if (run(io, [&](auto done) { http::async_write(stream, message, done); })) return {};
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  if (run(io, [&](auto done) { http::async_read(stream, buffer, parser, done); })) return {};
  const auto response = parser.release();
  return {response.result_int(), response.body(), std::string(response[http::field::content_type])};
}

net::ssl::context trusting(const std::filesystem::path& certificate) {
  net::ssl::context context(net::ssl::context::tls_client);
  context.set_verify_mode(net::ssl::verify_peer);
  context.load_verify_file(certificate.string());
  context.set_verify_callback(net::ssl::host_name_verification("127.0.0.1"));
  return context;
}

}  // namespace

HttpAnswer get(const Server& server, const std::string& target, std::chrono::milliseconds limit) {
  return request(server, "GET", target, {}, {}, limit);
}

HttpConnection::HttpConnection(const Server& server) : port_(server.port) {
  beast::tcp_stream stream(io_);
  stream.expires_after(kPatience);
  stream.connect(local(port_));
  if (server.certificate.empty()) {
    plain_.emplace(std::move(stream));
    return;
  }
  context_.emplace(trusting(server.certificate));
  tls_.emplace(std::move(stream), *context_);
  tls_->handshake(net::ssl::stream_base::client);
}

HttpAnswer HttpConnection::get(const std::string& target, std::chrono::milliseconds limit) {
  const auto message = message_for(port_, "GET", target, {}, {});
  if (plain_) {
    plain_->expires_after(limit);
    return exchange(io_, *plain_, message);
  }
  tls_->next_layer().expires_after(limit);
  return exchange(io_, *tls_, message);
}

HttpAnswer request(const Server& server, const std::string& method, const std::string& target,
                   const std::string& body, const std::string& content_type,
                   std::chrono::milliseconds limit) {
  net::io_context io;
  beast::tcp_stream stream(io);
  stream.expires_after(limit);
  if (run(io, [&](auto done) { stream.async_connect(local(server.port), done); })) return {};
  auto message = message_for(server.port, method, target, body, content_type);
  message.set(http::field::connection, "close");
  if (server.certificate.empty()) return exchange(io, stream, message);
  auto context = trusting(server.certificate);
  net::ssl::stream<beast::tcp_stream> tls(std::move(stream), context);
  const auto failure =
      run(io, [&](auto done) { tls.async_handshake(net::ssl::stream_base::client, done); });
  return failure ? HttpAnswer{} : exchange(io, tls, message);
}

boost::json::object json(const HttpAnswer& answer) {
  boost::system::error_code ec;
  auto value = boost::json::parse(answer.body, ec);
  return !ec && value.is_object() ? value.get_object() : boost::json::object{};
}

WebSocket::WebSocket(const Server& server) {
  const std::string host = "127.0.0.1:" + std::to_string(server.port);
  if (server.certificate.empty()) {
    plain_ = std::make_unique<Plain>(io_);
    beast::get_lowest_layer(*plain_).expires_after(kPatience);
    beast::get_lowest_layer(*plain_).connect(local(server.port));
    plain_->handshake(host, "/ws");
    return;
  }
  context_.emplace(trusting(server.certificate));
  tls_ = std::make_unique<Tls>(io_, *context_);
  beast::get_lowest_layer(*tls_).expires_after(kPatience);
  beast::get_lowest_layer(*tls_).connect(local(server.port));
  tls_->next_layer().handshake(net::ssl::stream_base::client);
  tls_->handshake(host, "/ws");
}

WebSocket::~WebSocket() {
  boost::system::error_code ignored;
  if (plain_) beast::get_lowest_layer(*plain_).socket().close(ignored);
  if (tls_) beast::get_lowest_layer(*tls_).socket().close(ignored);
}

void WebSocket::send(const std::string& text) {
  if (plain_) {
    plain_->write(net::buffer(text));
  } else {
    tls_->write(net::buffer(text));
  }
}

std::optional<boost::json::object> WebSocket::receive(std::chrono::milliseconds limit) {
  beast::flat_buffer buffer;
  const auto read = [&](auto& socket) {
    beast::get_lowest_layer(socket).expires_after(limit);
    return run(io_, [&](auto done) { socket.async_read(buffer, done); });
  };
  if (plain_ ? read(*plain_) : read(*tls_)) return std::nullopt;
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
