#include "doctor/network_check.hpp"

#include "core/text.hpp"
#include "core/zoned_url.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/system/error_code.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace minidvr::doctor {
namespace {

constexpr const char* kNetwork = "network";

// As systemctl shows it: networks between blanks. nullopt: one of them is not understood.
std::optional<std::vector<Network>> networks_in(std::string_view shown) {
  std::vector<Network> networks;
  for (shown = trim(shown); !shown.empty();) {
    const auto word = shown.substr(0, shown.find(' '));
    const auto network = parse_network(word);
    if (!network) return std::nullopt;
    networks.push_back(*network);
    shown = trim(shown.substr(word.size()));
  }
  return networks;
}

// What IPAddressAllow= and IPAddressDeny= come to: what is allowed is, whatever is denied.
struct Filter {
  std::vector<Network> allow;
  std::vector<Network> deny;

  bool passes(const boost::asio::ip::address& address) const {
    return contains(allow, address) || !contains(deny, address);
  }
  // All of it.
  bool passes(const Network& network) const {
    const auto holds = [&](const Network& other) {
      return other.prefix <= network.prefix && other.contains(network.address);
    };
    const auto touches = [&](const Network& other) {
      return holds(other) || network.contains(other.address);
    };
    return std::any_of(allow.begin(), allow.end(), holds) ||
           std::none_of(deny.begin(), deny.end(), touches);
  }
};

std::optional<boost::asio::ip::address> as_address(const std::string& host) {
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(host, ec);
  return ec ? std::nullopt : std::optional(address);
}

// Those of links are fe80::/64 in a unit, and no others are in use.
bool is_of_links(const Network& network) {
  constexpr unsigned kLinkBits = 10;
  return network.prefix >= kLinkBits && parse_network("fe80::/10")->contains(network.address);
}

std::vector<std::string> who_is_dropped(const Filter& filter, const NetworkFacts& facts) {
  const std::vector<Network> all{*parse_network("0.0.0.0/0"), *parse_network("::/0")};
  std::vector<std::string> dropped;
  for (const auto& network : networks_of(facts.allowed, facts.asks_for_password).value_or(all)) {
    if (!is_of_links(network) && !filter.passes(network)) dropped.push_back(network_text(network));
  }
  return dropped;
}

// Names of the machine's own network are not asked of a server.
bool needs_name_server(const std::string& host) {
  return !host.empty() && !as_address(host) && host.find('.') != std::string::npos &&
         !host.ends_with(".local");
}

std::vector<Finding> judge_stream(const ServiceWalls& walls, const Filter& filter,
                                  const NetworkFacts& facts) {
  const auto address = as_address(facts.stream_host);
  if (address && !filter.passes(*address)) {
    return {{Grade::problem, kNetwork,
             fmt::format("the unit keeps the service from {}, the server of stream_url",
                         facts.stream_host),
             way_to_let_through(walls, facts.stream_host)}};
  }
  const auto& servers = facts.name_servers;
  if (!needs_name_server(facts.stream_host) || servers.empty()) return {};
  if (std::any_of(servers.begin(), servers.end(),
                  [&](const auto& server) { return filter.passes(server); }))
    return {};
  const auto first = servers.front().to_string();
  return {{Grade::warning, kNetwork,
           fmt::format("the unit keeps the service from the name server {}, which it may have to "
                       "ask for {}",
                       first, facts.stream_host),
           way_to_let_through(walls, first)}};
}

}  // namespace

std::string host_of(const std::string& url) {
  const auto zoned = split_zone(url);
  const auto parsed = boost::urls::parse_uri(zoned.url);
  return parsed ? std::string(parsed->host_address()) : std::string();
}

std::vector<boost::asio::ip::address> name_servers_in(std::string_view resolv_conf) {
  constexpr std::string_view kKey = "nameserver";
  std::vector<boost::asio::ip::address> servers;
  while (!resolv_conf.empty()) {
    const auto line = resolv_conf.substr(0, resolv_conf.find('\n'));
    resolv_conf.remove_prefix(std::min(resolv_conf.size(), line.size() + 1));
    if (!line.starts_with(kKey)) continue;
    const auto server = as_address(std::string(trim(line.substr(kKey.size()))));
    if (server) servers.push_back(*server);
  }
  return servers;
}

std::vector<Finding> judge_network(const ServiceWalls& walls, const NetworkFacts& facts) {
  auto allow = networks_in(walls.ip_allow);
  auto deny = networks_in(walls.ip_deny);
  if (!allow || !deny) return {};
  const Filter filter{std::move(*allow), std::move(*deny)};
  std::vector<Finding> findings = judge_stream(walls, filter, facts);
  const auto dropped = who_is_dropped(filter, facts);
  if (dropped.empty()) return findings;
  // Nobody has asked for more than the usual.
  if (facts.allowed.kind == AllowedNetworks::Kind::automatic) {
    findings.push_back({Grade::ok,
                        kNetwork,
                        fmt::format("also with a password only who is of [{}] may ask, by the unit",
                                    walls.ip_allow),
                        {}});
    return findings;
  }
  findings.push_back({Grade::warning, kNetwork,
                      fmt::format("allow_networks lets {} ask, and the unit only who is of [{}]",
                                  fmt::join(dropped, ", "), walls.ip_allow),
                      way_to_let_through(walls, fmt::format("{}", fmt::join(dropped, " ")))});
  return findings;
}

}  // namespace minidvr::doctor
