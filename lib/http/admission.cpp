#include "http/admission.hpp"

#include "core/plain_address.hpp"

#include <algorithm>

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
  const auto plain = plain_address(address);
  if (plain.is_v4()) return plain.to_string();
  const auto v6 = plain.to_v6();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + kPrefixBytes, bytes.end(), static_cast<unsigned char>(0));
  return ip::address_v6(bytes, v6.scope_id()).to_string();
}

}  // namespace minidvr::http
