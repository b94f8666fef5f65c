// Whether a port answers at all.
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <poll.h>
#include <sys/socket.h>

namespace minidvr::test {

// Whether a connection within this machine, from `source` to `address`, gets through. On the
// loopback the answer is there at once; a packet that is dropped has none.
inline bool connects(const std::string& source, const std::string& address, std::uint16_t port) {
  namespace ip = boost::asio::ip;
  constexpr int kNoAnswer = 300;  // ms
  boost::asio::io_context io;
  ip::tcp::socket socket(io);
  const ip::tcp::endpoint from(ip::make_address(source), 0);
  socket.open(from.protocol());
  socket.bind(from);
  socket.native_non_blocking(true);
  const ip::tcp::endpoint to(ip::make_address(address), port);
  // Asio's own waits for as long as it takes.
  if (::connect(socket.native_handle(), to.data(), static_cast<socklen_t>(to.size())) == 0)
    return true;
  pollfd waiting{socket.native_handle(), POLLOUT, 0};
  return ::poll(&waiting, 1, kNoAnswer) == 1 && (waiting.revents & (POLLERR | POLLHUP)) == 0;
}

}  // namespace minidvr::test
