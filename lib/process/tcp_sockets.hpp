// TCP sockets as the kernel lists them in /proc/net/tcp and tcp6. Pure: text in, sockets out.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace minidvr::process {

using Endpoint = boost::asio::ip::tcp::endpoint;

struct TcpSocket {
  Endpoint local;
  Endpoint remote;
  bool listens = false;
  std::uint64_t inode =
      0;  // by which a process is found that has it; 0: nobody has accepted it yet
  bool operator==(const TcpSocket&) const = default;
};

// Those in the text of such a file. What is not understood is passed over.
std::vector<TcpSocket> parse_tcp_sockets(std::string_view text);

// Those that listen.
std::vector<TcpSocket> listening(std::span<const TcpSocket> sockets);

// Of a connection within this machine: the end at `server`. nullptr: it is not listed. An address
// of IPv4 is the same where a socket of IPv6 has it.
const TcpSocket* server_end(std::span<const TcpSocket> sockets, const Endpoint& client,
                            const Endpoint& server);

// Whether a socket that listens keeps another one from `address` on the same port.
bool excludes(const TcpSocket& socket, const boost::asio::ip::address& address);

}  // namespace minidvr::process
