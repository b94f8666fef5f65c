// An IP address, however it came.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace minidvr {

// An IPv4 address that came mapped into an IPv6 one (::ffff:192.0.2.1), as itself.
inline boost::asio::ip::address plain_address(const boost::asio::ip::address& address) {
  namespace ip = boost::asio::ip;
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

// The same, without the zone of one link: as it is told where zones are not known.
inline boost::asio::ip::address without_zone(const boost::asio::ip::address& address) {
  const auto plain = plain_address(address);
  if (!plain.is_v6()) return plain;
  return boost::asio::ip::address_v6(plain.to_v6().to_bytes());
}

}  // namespace minidvr
