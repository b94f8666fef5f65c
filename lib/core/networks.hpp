// Networks of addresses, as settings name them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace minidvr {

// An IPv4 network is the one of the mapped addresses (::ffff:0:0/96), and this is what is in front
// of it.
inline constexpr unsigned kMappedBits = 96;

struct Network {
  boost::asio::ip::address_v6 address;
  unsigned prefix = 0;  // bits, 0 to 128

  bool contains(const boost::asio::ip::address& other) const;
  // All of its addresses are of IPv4.
  bool is_v4() const;
};

// That address alone.
Network host_network(const boost::asio::ip::address& address);

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

// The addresses by which a machine talks to itself.
const std::vector<Network>& this_machine();

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

// Who may ask beside this machine itself, which always may; nullopt: anybody. Automatic: anybody
// where a password is asked for, else private networks.
std::optional<std::vector<Network>> networks_of(const AllowedNetworks& allowed,
                                                bool password_is_asked);

// Whether `peer` is one of those, or this machine.
bool is_allowed(const AllowedNetworks& allowed, const boost::asio::ip::address& peer,
                bool password_is_asked);

}  // namespace minidvr
