// Who is connected, and for whom: asks admission.hpp who gets in, and shows the others out.
#pragma once

#include "core/networks.hpp"
#include "http/arrival_pace.hpp"
#include "http/limits.hpp"
#include "http/traffic.hpp"

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace minidvr::http {

class Session;

// Whether a connection is taken.
enum class Taken { yes, no, too_soon };  // too_soon: see ArrivalPace

class OpenConnections {
 public:
  OpenConnections(const Limits& limits, const std::vector<Network>& trusted_proxies,
                  Traffic& traffic)
      : limits_(limits), trusted_proxies_(trusted_proxies), traffic_(traffic), pace_(limits) {}

  // Whether one more of `peer` is taken; the longest waiting one is closed for it, if need be. A
  // trusted proxy may have as many as there are: only its requests say for whom they are.
  Taken admit(const boost::asio::ip::address& peer);
  void add(const boost::asio::ip::address& peer, std::weak_ptr<Session> session);

  // Whether `session`, of a trusted proxy, may work for `client` (see network_of()), as whose it
  // counts from then on. False: that client has its share at work.
  bool count_as(const Session& session, const std::string& client);

 private:
  struct Connection {
    std::string network;
    std::weak_ptr<Session> session;
  };

  // `pace`: that of who comes; null for who is here already, and for a proxy.
  Taken make_room(const std::string& network, const Session* besides, const Limits& limits,
                  ArrivalPace* pace);

  const Limits& limits_;
  const std::vector<Network>& trusted_proxies_;
  Traffic& traffic_;
  ArrivalPace pace_;
  // Those that are served now, and some that have ended.
  std::vector<Connection> connections_;
};

}  // namespace minidvr::http
