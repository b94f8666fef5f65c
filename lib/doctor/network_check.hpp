// Whether the unit lets through who may ask, and whose stream is recorded: what it does not, the
// kernel drops without a word.
#pragma once

#include "core/networks.hpp"
#include "core/settings.hpp"
#include "doctor/finding.hpp"
#include "doctor/service_walls.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace minidvr::doctor {

struct NetworkFacts {
  AllowedNetworks allowed;
  bool asks_for_password = false;
  std::string stream_host;  // of another server's stream; empty: none is recorded
  std::vector<boost::asio::ip::address> name_servers;
};

// The host of a URL, without brackets and zone.
std::string host_of(const std::string& url);

// Those of a resolv.conf(5).
std::vector<boost::asio::ip::address> name_servers_in(std::string_view resolv_conf);

// None where all gets through.
std::vector<Finding> judge_network(const ServiceWalls& walls, const NetworkFacts& facts);

}  // namespace minidvr::doctor
