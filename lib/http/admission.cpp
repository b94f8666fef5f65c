#include "http/admission.hpp"

#include <algorithm>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace minidvr::http {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t kPrefixBytes = 8;  // of the 16 of an IPv6 address

}  // namespace

Admission admission(std::span<const OpenConnection> open, const std::string& network,
                    const Limits& limits) {
  const auto is_same = [&](const OpenConnection& c) { return c.network == network; };
  const auto same = static_cast<std::size_t>(std::count_if(open.begin(), open.end(), is_same));
  const bool has_its_share = same >= limits.connections_per_network;
  if (!has_its_share && open.size() < limits.connections) return {true, std::nullopt};

  std::optional<std::size_t> longest;
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto& since = open[i].waiting_since;
    if (!since || (has_its_share && !is_same(open[i]))) continue;
    if (!longest || *since < *open[*longest].waiting_since) longest = i;
  }
  return {longest.has_value(), longest};
}

std::string network_of(const ip::address& address) {
  if (address.is_v4()) return address.to_string();
  auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + kPrefixBytes, bytes.end(), static_cast<unsigned char>(0));
  return ip::address_v6(bytes, v6.scope_id()).to_string();
}

}  // namespace minidvr::http
