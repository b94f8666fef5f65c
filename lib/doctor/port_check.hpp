// Whether the ports can be had, or are ours already.
#pragma once

#include "doctor/finding.hpp"
#include "doctor/holder.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace minidvr::doctor {

// A socket that waits for connections, as /proc/net/tcp and tcp6 list them.
struct ListeningSocket {
  boost::asio::ip::address address;
  std::uint16_t port = 0;
  std::uint64_t inode = 0;  // by which a process is found that has it
  bool operator==(const ListeningSocket&) const = default;
};

// The listening ones in the text of such a file. What is not understood is passed over.
std::vector<ListeningSocket> parse_sockets(std::string_view text);

// Whether a socket there keeps another one from `address` on the same port.
bool excludes(const ListeningSocket& socket, const boost::asio::ip::address& address);

struct PortFacts {
  std::string setting;  // app_port
  std::uint16_t port = 0;
  bool is_taken = false;
  std::vector<Holder> holders;  // by whom; empty when that is not to be seen
  bool service_runs = false;    // a mini-dvr with these settings
  bool answers = false;         // there, as far as it can be asked
};

Finding judge_port(const PortFacts& facts);

}  // namespace minidvr::doctor
