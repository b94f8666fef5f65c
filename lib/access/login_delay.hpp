// How long whoever guesses has to wait. Pure: times in, waits out.
#pragma once

#include "core/clock.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace minidvr::access {

class LoginDelay {
 public:
  // Everybody mistypes; then each failure doubles the wait, up to a minute: 1,440 guesses a day.
  static constexpr unsigned kFree = 3;
  static constexpr seconds kLongest{60};
  // So long after its last failure a client is forgotten.
  static constexpr seconds kForgotten{15 * 60};
  // Of clients that are remembered; the longest silent goes. 600 bytes each at most.
  static constexpr std::size_t kMostClients = 1000;
  // Whose failures are told apart for one client; what it fails at beyond them no success forgives.
  static constexpr std::size_t kMostAccounts = 4;

  // How long `client` (see http::network_of) has to wait before its next try; 0: none.
  seconds wait(const std::string& client, SteadyTime now) const;

  // It tries once more, and is told whether it is right later: whoever has failed too often has to
  // wait from now on, so that many tries side by side are no more than one.
  void trying(const std::string& client, SteadyTime now);
  // `account`: whose password it was to be; empty: nobody's, by a name that nobody has.
  void failed(const std::string& client, std::string_view account, SteadyTime now);
  // Forgives the failures of this account alone: whoever has one could guess at another's for ever.
  void succeeded(const std::string& client, std::string_view account);

 private:
  struct Failures {
    std::map<std::string, unsigned, std::less<>> counts;  // by account
    SteadyTime failed;                                    // the last of them
    SteadyTime last;                                      // or a try since

    unsigned total() const;
  };

  std::map<std::string, Failures> clients_;
};

}  // namespace minidvr::access
