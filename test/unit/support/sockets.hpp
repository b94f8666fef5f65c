// Sockets of a test's own, in the kernel.
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

namespace minidvr::test {

// Listens on a port of the kernel's choice. One of "::" serves IPv4, too.
class ListeningSocket {
 public:
  explicit ListeningSocket(const std::string& address = "127.0.0.1")
      : acceptor_(io_), endpoint_(boost::asio::ip::make_address(address), 0) {
    acceptor_.open(endpoint_.protocol());
    if (endpoint_.address().is_v6()) acceptor_.set_option(boost::asio::ip::v6_only(false));
    acceptor_.bind(endpoint_);
    acceptor_.listen();
    endpoint_ = acceptor_.local_endpoint();
  }

  std::uint16_t port() const { return endpoint_.port(); }
  boost::asio::ip::tcp::acceptor& acceptor() { return acceptor_; }
  boost::asio::ip::tcp::socket connected_to(const std::string& address) {
    boost::asio::ip::tcp::socket socket(io_);
    socket.connect({boost::asio::ip::make_address(address), port()});
    return socket;
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::endpoint endpoint_;
};

}  // namespace minidvr::test
