// Networks of addresses, as settings name them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace minidvr {

// An IPv4 network is the one of the mapped addresses (::ffff:0:0/96).
struct Network {
  boost::asio::ip::address_v6 address;
  unsigned prefix = 0;  // bits, 0 to 128

  bool contains(const boost::asio::ip::address& other) const;
};

// "192.168.0.0/16", "fd00::/8", or one address. nullopt for anything else, and where bits behind
// the prefix are set: that is most likely a mistake.
std::optional<Network> parse_network(std::string_view text);

// Whether one of them holds it.
bool contains(const std::vector<Network>& networks, const boost::asio::ip::address& address);

// Addresses and networks separated by commas; none when the text is empty. nullopt when one of them
// is none.
std::optional<std::vector<Network>> parse_networks(std::string_view text);

// As parse_network() takes it: an address where it is one, else with its prefix.
std::string network_text(const Network& network);

// This machine, and what nobody on the internet has: private (RFC 1918), link-local (RFC 3927, RFC
// 4291), and unique local addresses (RFC 4193).
const std::vector<Network>& private_networks();

// What the setting allow_networks says.
struct AllowedNetworks {
  enum class Kind { automatic, any, listed };
  Kind kind = Kind::automatic;
  std::vector<Network> listed;
  std::string text = "auto";  // as it was given
};

std::optional<AllowedNetworks> parse_allowed_networks(std::string_view text);

// Whether `peer` may ask. This machine itself always may. Automatic: all may where a password is
// asked for, else private networks.
bool is_allowed(const AllowedNetworks& allowed, const boost::asio::ip::address& peer,
                bool password_is_asked);

}  // namespace minidvr
