// What clients did and were answered, counted since the start of the program.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace minidvr::http {

struct Traffic {
  // Of requests that go to no route: refused before, unreadable, or for what is not there.
  static constexpr std::string_view kNoRoute = "none";

  // By the class of the status: [0] is 1xx, [4] is 5xx.
  using ByClass = std::array<std::uint64_t, 5>;
  // By the beginning of the route (see Router::Found::kind): as many as there are of those.
  std::map<std::string, ByClass, std::less<>> answers = {{std::string(kNoRoute), {}}};

  std::uint64_t connections_taken = 0;
  std::uint64_t connections_refused = 0;     // as there are too many
  std::uint64_t connections_made_room = 0;   // closed while they waited, for others
  std::uint64_t streams_refused = 0;         // as there are too many
  std::uint64_t hosts_refused = 0;           // requests for names that are not ours
  std::uint64_t pages_refused = 0;           // requests of pages that may not ask
  std::uint64_t websockets_left_behind = 0;  // closed, as they did not read what they were sent

  void count_answer(std::string_view route, unsigned status) {
    auto found = answers.find(route);
    if (found == answers.end()) found = answers.emplace(route, ByClass{}).first;
    ++found->second.at(status / 100 - 1);
  }
};

}  // namespace minidvr::http
