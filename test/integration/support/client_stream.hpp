// A connection to a server of the test, with or without TLS, that blocks, but for no longer than it
// is told to.
#pragma once

#include "support/patience.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>

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

// For Beast, which reads from it and writes to it without operations in the background: those take
// the compiler a minute, for TCP and once more for TLS.
class ClientStream {
 public:
  // Throws when no such server is reached within `limit`.
  explicit ClientStream(const Server& server, std::chrono::milliseconds limit = kPatience);
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  // All that comes now ends with beast::error::timeout after this.
  void expires_after(std::chrono::milliseconds limit);

  // For Beast.
  using executor_type = boost::asio::ip::tcp::socket::executor_type;
  executor_type get_executor() { return socket_.get_executor(); }

  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, boost::system::error_code& ec) {
    return read_one(first_of<boost::asio::mutable_buffer>(buffers), ec);
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    boost::system::error_code ec;
    const auto bytes = read_some(buffers, ec);
    if (ec) throw boost::system::system_error(ec);
    return bytes;
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, boost::system::error_code& ec) {
    return write_one(first_of<boost::asio::const_buffer>(buffers), ec);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    boost::system::error_code ec;
    const auto bytes = write_some(buffers, ec);
    if (ec) throw boost::system::system_error(ec);
    return bytes;
  }
  friend void teardown(boost::beast::role_type, ClientStream& stream,
                       boost::system::error_code& ec) {
    stream.socket_.close(ec);
  }

 private:
  // A socket that does not block for ever: what TLS reads from and writes to.
  struct Patient {
    using executor_type = boost::asio::ip::tcp::socket::executor_type;
    using lowest_layer_type = boost::asio::ip::tcp::socket;
    lowest_layer_type& lowest_layer() { return stream.socket_; }
    const lowest_layer_type& lowest_layer() const { return stream.socket_; }
    executor_type get_executor() { return stream.socket_.get_executor(); }
    template <class Buffers>
    std::size_t read_some(const Buffers& buffers, boost::system::error_code& ec) {
      return stream.wait(kRead, ec) ? stream.socket_.read_some(buffers, ec) : 0;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, boost::system::error_code& ec) {
      return stream.wait(kWrite, ec) ? stream.socket_.write_some(buffers, ec) : 0;
    }
    ClientStream& stream;
  };

  static constexpr bool kRead = false;
  static constexpr bool kWrite = true;

  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it)
      if (const Buffer buffer(*it); buffer.size() > 0) return buffer;
    return {};
  }

  // Until it can be read from, or written to; false: it took too long, see `ec`.
  bool wait(bool to_write, boost::system::error_code& ec);
  std::size_t read_one(boost::asio::mutable_buffer to, boost::system::error_code& ec);
  std::size_t write_one(boost::asio::const_buffer from, boost::system::error_code& ec);

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_{io_};
  std::chrono::steady_clock::time_point deadline_;
  std::optional<boost::asio::ssl::context> context_;
  std::optional<boost::asio::ssl::stream<Patient>> tls_;
};

}  // namespace minidvr::test
