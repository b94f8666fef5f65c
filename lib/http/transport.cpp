#include "http/transport.hpp"

namespace minidvr::http {

Task<error_code> Transport::start_tls(net::ssl::context& context) {
  tls_ = std::make_shared<Tls>(std::move(socket_), context);
  auto kept = net::consign(as_tuple, tls_);
  const auto [ec] = co_await tls_->async_handshake(net::ssl::stream_base::server, std::move(kept));
  co_return ec;
}

Task<> Transport::end_tls() {
  auto kept = net::consign(as_tuple, tls_);
  [[maybe_unused]] const auto [ec] = co_await tls_->async_shutdown(std::move(kept));
}

void Transport::read_some(const ReadBuffers& to, IoHandler handler) {
  if (tls_) {
    tls_->async_read_some(to, net::consign(std::move(handler), tls_));
  } else {
    socket_.async_read_some(to, std::move(handler));
  }
}

void Transport::write_some(const WriteBuffers& from, IoHandler handler) {
  if (tls_) {
    tls_->async_write_some(from, net::consign(std::move(handler), tls_));
  } else {
    socket_.async_write_some(from, std::move(handler));
  }
}

void Transport::close() {
  error_code ignored;
  socket().close(ignored);
}

void Transport::abort() {
  error_code ignored;
  socket().set_option(net::socket_base::linger(true, 0), ignored);
  close();
}

}  // namespace minidvr::http
