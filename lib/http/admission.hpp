// Who gets in when many want to. Pure: connections in, verdict out.
#pragma once

#include "core/clock.hpp"
#include "http/limits.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <boost/asio/ip/address.hpp>

namespace minidvr::http {

struct OpenConnection {
  std::string network;  // see network_of()
  // Since when it waits for its client; none while it is at work for it.
  std::optional<SteadyTime> waiting_since;
};

struct Admission {
  bool admitted = false;
  std::optional<std::size_t> closes;  // the open connection that has to make room
};

// Whether one more connection of `network` is taken. When its network has its share, or all places
// are taken, the one that has waited for its client for the longest time goes: a client that comes
// back to it opens another, and nobody can keep others out with connections that do nothing.
Admission admission(std::span<const OpenConnection> open, const std::string& network,
                    const Limits& limits);

// What counts as one client: an IPv4 address, or the 64 bits of an IPv6 address that a host can not
// choose for itself.
std::string network_of(const boost::asio::ip::address& address);

}  // namespace minidvr::http
