#include "integration/support/client_stream.hpp"

#include <algorithm>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/error.hpp>

#include <poll.h>

namespace minidvr::test {
namespace net = boost::asio;

namespace {

net::ssl::context trusting(const std::filesystem::path& certificate) {
  net::ssl::context context(net::ssl::context::tls_client);
  context.set_verify_mode(net::ssl::verify_peer);
  context.load_verify_file(certificate.string());
  context.set_verify_callback(net::ssl::host_name_verification("127.0.0.1"));
  return context;
}

}  // namespace

// On the loopback a connection is made or refused at once: the kernel does it.
ClientStream::ClientStream(const Server& server, std::chrono::milliseconds limit) {
  expires_after(limit);
  socket_.connect({net::ip::address_v4::loopback(), server.port});
  // A request goes out in several pieces: none is to wait until the one before was acknowledged.
  socket_.set_option(net::ip::tcp::no_delay(true));
  if (server.certificate.empty()) return;
  context_.emplace(trusting(server.certificate));
  tls_.emplace(Patient{*this}, *context_);
  tls_->handshake(net::ssl::stream_base::client);
}

void ClientStream::expires_after(std::chrono::milliseconds limit) {
  deadline_ = std::chrono::steady_clock::now() + limit;
}

bool ClientStream::wait(bool to_write, boost::system::error_code& ec) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
  pollfd waited{socket_.native_handle(), static_cast<short>(to_write ? POLLOUT : POLLIN), 0};
  const auto limit = std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 3'600'000);
  if (::poll(&waited, 1, static_cast<int>(limit)) > 0) {
    ec = {};
    return true;
  }
  ec = boost::beast::error::timeout;
  return false;
}

std::size_t ClientStream::read_one(net::mutable_buffer to, boost::system::error_code& ec) {
  if (tls_) return tls_->read_some(to, ec);
  return wait(kRead, ec) ? socket_.read_some(to, ec) : 0;
}

std::size_t ClientStream::write_one(net::const_buffer from, boost::system::error_code& ec) {
  if (tls_) return tls_->write_some(from, ec);
  return wait(kWrite, ec) ? socket_.write_some(from, ec) : 0;
}

}  // namespace minidvr::test
