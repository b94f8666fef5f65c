// How fast a client that has its share of connections may come with new ones.
#pragma once

#include "core/clock.hpp"
#include "http/limits.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace minidvr::http {

// A leaky bucket for each network (see network_of()), as the generic cell rate algorithm of ITU-T
// I.371 keeps it: only the time at which all that came so far is paid for. Pure: times come in.
class ArrivalPace {
 public:
  // Networks that are known at once. Beyond that some begin anew.
  static constexpr std::size_t kMostNetworks = 1024;

  explicit ArrivalPace(const Limits& limits)
      : interval_(limits.arrival_interval), at_once_(limits.arrivals_at_once) {}

  // Whether the connection of `network` that comes now is not too soon. One that is does not count.
  bool keeps(const std::string& network, SteadyTime now);

 private:
  void forget_some(SteadyTime now);

  Steady::duration interval_;
  std::size_t at_once_;
  std::map<std::string, SteadyTime, std::less<>> paid_at_;
};

}  // namespace minidvr::http
