// How long whoever guesses has to wait. Pure: times in, waits out.
#pragma once

#include "core/clock.hpp"

#include <map>
#include <string>

namespace minidvr::access {

class LoginDelay {
 public:
  // Everybody mistypes; then each failure doubles the wait, up to a minute: 1,440 guesses a day.
  static constexpr unsigned kFree = 3;
  static constexpr seconds kLongest{60};
  // So long after its last failure a client is forgotten.
  static constexpr seconds kForgotten{15 * 60};
  // Of clients that are remembered; the longest silent goes. 100 bytes each.
  static constexpr std::size_t kMostClients = 1000;

  // How long `client` (see http::network_of) has to wait before its next try; 0: none.
  seconds wait(const std::string& client, SteadyTime now) const;

  // It tries once more, and is told whether it is right later: whoever has failed too often has to
  // wait from now on, so that many tries side by side are no more than one.
  void trying(const std::string& client, SteadyTime now);
  void failed(const std::string& client, SteadyTime now);
  void succeeded(const std::string& client) { clients_.erase(client); }

 private:
  struct Failures {
    unsigned count = 0;
    SteadyTime last;
  };

  std::map<std::string, Failures> clients_;
};

}  // namespace minidvr::access
