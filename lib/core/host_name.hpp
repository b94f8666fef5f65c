// Names of hosts, in the one form in which they can be compared.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

namespace minidvr {

// `text` in lower case and without the one dot that may end it. nullopt when it is no name that DNS
// could have: labels of 1 to 63 letters, digits, - and _ between dots, 253 bytes at most. Names of
// other alphabets have a form in these, which is what browsers send: xn--...
std::optional<std::string> normal_host_name(std::string_view text);

// Where what listens on `host`, an address, is reached from this machine: what listens everywhere,
// on the loopback.
boost::asio::ip::address local_address(const std::string& host);

// Whether that is this machine: localhost, its own name, in whichever domain, the loopback, or an
// address that it has now. Of whoever may ask it says nothing: others name their domains as they
// like. `host` as it stands in a URL, an IPv6 address without its brackets, one of a link with its
// zone: fe80::1%eth0.
bool is_this_machine(std::string_view host);

// What this machine calls itself now (it may be named later, by DHCP), in that form; empty when it
// has no name.
std::string own_host_name();

}  // namespace minidvr
