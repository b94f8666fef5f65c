#include "core/networks.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <boost/system/error_code.hpp>
#include <fmt/format.h>

namespace minidvr {
namespace {

namespace ip = boost::asio::ip;

constexpr unsigned kAddressBits = 128;

ip::address_v6 as_v6(const ip::address& address) {
  return address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6();
}

// `bytes` with zeros behind the first `prefix` bits.
ip::address_v6::bytes_type masked(ip::address_v6::bytes_type bytes, unsigned prefix) {
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = std::clamp(prefix, 8 * i, 8 * i + 8) - 8 * i;
    bytes[i] = static_cast<unsigned char>(bytes[i] & (0xff00U >> kept));
  }
  return bytes;
}

}  // namespace

bool Network::contains(const ip::address& other) const {
  return masked(as_v6(other).to_bytes(), prefix) == address.to_bytes();
}

bool Network::is_v4() const {
  return prefix >= kMappedBits && address.is_v4_mapped();
}

Network host_network(const ip::address& address) {
  // The zone names a link, and networks have none.
  return {ip::address_v6(as_v6(address).to_bytes()), kAddressBits};
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string(text.substr(0, slash)), ec);
  if (ec) return std::nullopt;
  const unsigned in_front = address.is_v4() ? kMappedBits : 0;
  unsigned bits = kAddressBits - in_front;
  if (slash != std::string_view::npos) {
    const auto number = text.substr(slash + 1);
    const char* const end = number.data() + number.size();
    unsigned given = 0;
    const auto [rest, failure] = std::from_chars(number.data(), end, given);
    if (failure != std::errc{} || rest != end || given > bits) return std::nullopt;
    bits = given;
  }
  Network network = host_network(address);
  network.prefix = in_front + bits;
  if (!network.contains(address)) return std::nullopt;
  return network;
}

bool contains(const std::vector<Network>& networks, const ip::address& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.contains(address); });
}

std::optional<std::vector<Network>> parse_networks(std::string_view text) {
  std::vector<Network> networks;
  if (trim(text).empty()) return networks;
  for (const auto item : list_items(text)) {
    const auto network = parse_network(item);
    if (!network) return std::nullopt;
    networks.push_back(*network);
  }
  return networks;
}

std::string network_text(const Network& network) {
  const bool is_v4 = network.is_v4();
  const ip::address first =
      is_v4 ? ip::address(ip::make_address_v4(ip::v4_mapped, network.address)) : network.address;
  if (network.prefix == kAddressBits) return first.to_string();
  return fmt::format("{}/{}", first.to_string(), network.prefix - (is_v4 ? kMappedBits : 0));
}

const std::vector<Network>& this_machine() {
  static const std::vector<Network> all = {*parse_network("127.0.0.0/8"), *parse_network("::1")};
  return all;
}

const std::vector<Network>& private_networks() {
  static const std::vector<Network> all = [] {
    constexpr std::array<std::string_view, 8> kPrivate = {
        "127.0.0.0/8",    "::1",       "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
        "169.254.0.0/16", "fe80::/10", "fc00::/7"};
    std::vector<Network> networks;
    for (const auto text : kPrivate)
      networks.push_back(*parse_network(text));
    return networks;
  }();
  return all;
}

std::optional<AllowedNetworks> parse_allowed_networks(std::string_view text) {
  AllowedNetworks allowed;
  allowed.text = text;
  if (text == "auto") return allowed;
  if (text == "any") {
    allowed.kind = AllowedNetworks::Kind::any;
    return allowed;
  }
  allowed.kind = AllowedNetworks::Kind::listed;
  for (const auto word : list_items(text)) {
    if (word == "private") {
      const auto& all = private_networks();
      allowed.listed.insert(allowed.listed.end(), all.begin(), all.end());
    } else {
      const auto network = parse_network(word);
      if (!network) return std::nullopt;
      allowed.listed.push_back(*network);
    }
  }
  return allowed;
}

std::optional<std::vector<Network>> networks_of(const AllowedNetworks& allowed,
                                                bool password_is_asked) {
  switch (allowed.kind) {
    case AllowedNetworks::Kind::any:
      return std::nullopt;
    case AllowedNetworks::Kind::listed:
      return allowed.listed;
    case AllowedNetworks::Kind::automatic:
      break;
  }
  if (password_is_asked) return std::nullopt;
  return private_networks();
}

bool is_allowed(const AllowedNetworks& allowed, const ip::address& peer, bool password_is_asked) {
  if (contains(this_machine(), peer)) return true;
  const auto networks = networks_of(allowed, password_is_asked);
  return !networks || contains(*networks, peer);
}

}  // namespace minidvr
