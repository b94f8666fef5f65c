// The addresses of a host, waited for no longer than somebody wants them.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

namespace minidvr::capture {

// The system's resolver blocks for as long as name servers do not answer, and nothing ends that: a
// thread of its own asks it, and is left behind when nobody waits any more.
class NameLookup {
 public:
  using Endpoints = std::vector<net::ip::tcp::endpoint>;

  // `host` and `port` as a URL has them, an IPv6 address without brackets and with its zone.
  NameLookup(std::string host, std::string port);
  NameLookup(const NameLookup&) = delete;
  ~NameLookup();

  // Never none. An address takes no time, nor does localhost. A name that is still being looked up
  // after `limit` is what the next call waits for: there is one thread at most. By one caller at a
  // time. unavailable: there is no such host, or it is not told in time, as which a failure that
  // comes late is told, too.
  Task<Result<Endpoints>> find(Steady::duration limit);

 private:
  struct Answer;
  struct UnderWay;

  Result<> begin(const net::any_io_executor& executor);
  Task<> answered();

  std::string host_;
  std::string port_;
  std::unique_ptr<UnderWay> under_way_;
};

}  // namespace minidvr::capture
