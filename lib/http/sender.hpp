// From where a request came: whose connection brought it, and for whom a proxy that is trusted says
// that it asks.
#pragma once

#include "core/error.hpp"
#include "core/networks.hpp"

#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/fields.hpp>

namespace minidvr::http {

struct Sender {
  boost::asio::ip::address peer;     // whose connection it is; unspecified where it is gone already
  boost::asio::ip::address address;  // who asks: the peer, or whom the proxy names; unspecified
                                     // where it names nobody that can be read
  std::string host;                  // what that one asked for, with its port; empty: see Host
  bool by_https = false;             // that one came by https, as far as is known
  bool is_here = false;              // who asks is this machine itself
  bool by_stranger = false;          // the peer says that it is a proxy, and is not trusted
  // Whom such a peer names, each as `address`. That adds no right: all of them must have it, too.
  std::vector<boost::asio::ip::address> named_by_stranger;
};

// Forwarded (RFC 7239), or X-Forwarded-For, -Host and -Proto, count when `peer` is one of
// `trusted`; who asks is the last that is not one of them. malformed when both are there and name
// different ones: one of them is the client's own, and nobody knows which. `local`: our end of the
// connection, which has the peer's address where that is this machine.
Result<Sender> sender_of(const boost::asio::ip::address& peer,
                         const boost::asio::ip::address& local,
                         const boost::beast::http::fields& fields,
                         const std::vector<Network>& trusted);

// For people; "unknown" for one that is unspecified.
std::string address_text(const boost::asio::ip::address& address);

}  // namespace minidvr::http
