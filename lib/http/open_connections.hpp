// Who is connected, and for whom: asks admission.hpp who gets in, and shows the others out.
#pragma once

#include "core/networks.hpp"
#include "http/limits.hpp"
#include "http/traffic.hpp"

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace minidvr::http {

class Session;

class OpenConnections {
 public:
  OpenConnections(const Limits& limits, const std::vector<Network>& trusted_proxies,
                  Traffic& traffic)
      : limits_(limits), trusted_proxies_(trusted_proxies), traffic_(traffic) {}

  // Whether one more of `peer` is taken; the longest waiting one is closed for it, if need be. A
  // trusted proxy may have as many as there are: only its requests say for whom they are.
  bool admit(const boost::asio::ip::address& peer);
  void add(const boost::asio::ip::address& peer, std::weak_ptr<Session> session);

  // Whether `session`, of a trusted proxy, may work for `client` (see network_of()), as whose it
  // counts from then on. False: that client has its share at work.
  bool count_as(const Session& session, const std::string& client);

 private:
  struct Connection {
    std::string network;
    std::weak_ptr<Session> session;
  };

  bool make_room(const std::string& network, const Session* besides, const Limits& limits);

  const Limits& limits_;
  const std::vector<Network>& trusted_proxies_;
  Traffic& traffic_;
  // Those that are served now, and some that have ended.
  std::vector<Connection> connections_;
};

}  // namespace minidvr::http
