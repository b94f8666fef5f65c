// What a client is connected by: TCP, or TLS over it. Beast reads from it and writes to it as it
// does with a socket.
#pragma once

#include "core/asio.hpp"
#include "http/io_handler.hpp"

#include <cstddef>
#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <boost/container/static_vector.hpp>

namespace minidvr::http {

class Transport {
 public:
  using Socket = net::ip::tcp::socket;
  using executor_type = Socket::executor_type;

  explicit Transport(Socket socket) : socket_(std::move(socket)) {}
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  executor_type get_executor() { return socket().get_executor(); }

  // What lies below TLS: to be asked, waited for and closed. Whoever writes to it looks whether the
  // connection is encrypted first.
  Socket& socket() { return tls_ ? tls_->next_layer() : socket_; }
  bool is_encrypted() const { return tls_ != nullptr; }

  // Shakes hands as a server; all is encrypted from then on. Once, and before anything was read.
  // The error of a client that does not come to terms; the connection is of no use then.
  Task<error_code> start_tls(net::ssl::context& context);

  // Tells the client that it has got all: whoever is not told can not know that nobody cut the
  // connection. Waits for its answer, which may never come. Only where all is encrypted.
  Task<> end_tls();

  // Ends whatever waits for the client.
  void close();
  // The same, and the client gets nothing more of what the kernel holds for it.
  void abort();

  // For Beast and Asio; one reader and one writer at a time.
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return net::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const ReadBuffers& to) {
          read_some(to, IoHandler(std::move(handler), get_executor()));
        },
        token, first_of_them<ReadBuffers>(buffers));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return net::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const WriteBuffers& from) {
          write_some(from, IoHandler(std::move(handler), get_executor()));
        },
        token, first_of_them<WriteBuffers>(buffers));
  }

  // The end of a WebSocket, in Beast's own words.
  friend void beast_close_socket(Transport& transport) { transport.close(); }

  friend void teardown(boost::beast::role_type role, Transport& transport, error_code& ec) {
    boost::beast::websocket::teardown(role, transport.socket(), ec);
  }

  template <class Handler>
  friend void async_teardown(boost::beast::role_type role, Transport& transport,
                             Handler&& handler) {
    if (transport.tls_) {
      auto& tls = transport.tls_;
      tls->async_shutdown(net::consign(std::forward<Handler>(handler), tls));
    } else {
      boost::beast::websocket::async_teardown(role, transport.socket(),
                                              std::forward<Handler>(handler));
    }
  }

 private:
  using Tls = net::ssl::stream<Socket>;
  // Of longer lists the rest is left for the next operation, as "some" allows.
  static constexpr std::size_t kMostBuffers = 16;
  using ReadBuffers = boost::container::static_vector<net::mutable_buffer, kMostBuffers>;
  using WriteBuffers = boost::container::static_vector<net::const_buffer, kMostBuffers>;

  // Those that are not empty.
  template <class Taken, class Buffers>
  static Taken first_of_them(const Buffers& buffers) {
    Taken taken;
    const auto end = net::buffer_sequence_end(buffers);
    for (auto it = net::buffer_sequence_begin(buffers); it != end && taken.size() < kMostBuffers;
         ++it) {
      const typename Taken::value_type buffer(*it);
      if (buffer.size() > 0) taken.push_back(buffer);
    }
    return taken;
  }

  void read_some(const ReadBuffers& to, IoHandler handler);
  void write_some(const WriteBuffers& from, IoHandler handler);

  Socket socket_;  // until TLS begins
  // Each operation of its own keeps it: Beast begins some that nobody waits for (pings), and unlike
  // those of a socket they look at the stream once more when they have been cancelled.
  std::shared_ptr<Tls> tls_;
};

}  // namespace minidvr::http
