// The addresses that this machine has, as the kernel lists them.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

namespace minidvr::test {

// Without those of the loopback; those of a link with its zone.
inline std::vector<boost::asio::ip::address> own_addresses() {
  using namespace boost::asio::ip;
  std::vector<address> addresses;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return addresses;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, ::freeifaddrs);
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    address found;
    if (one->ifa_addr->sa_family == AF_INET) {
      sockaddr_in of_v4{};
      std::memcpy(&of_v4, one->ifa_addr, sizeof of_v4);
      found = address_v4(ntohl(of_v4.sin_addr.s_addr));
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 of_v6{};
      std::memcpy(&of_v6, one->ifa_addr, sizeof of_v6);
      address_v6::bytes_type bytes;
      std::memcpy(bytes.data(), &of_v6.sin6_addr, bytes.size());
      found = address_v6(bytes, of_v6.sin6_scope_id);
    }
    if (!found.is_unspecified() && !found.is_loopback()) addresses.push_back(found);
  }
  return addresses;
}

}  // namespace minidvr::test
