// Who has logged in with a browser. Kept in memory: a restart ends them all.
#pragma once

#include "core/clock.hpp"
#include "http/role.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::access {

struct Login {
  std::string name;
  http::Role role = http::Role::view;
  std::uint64_t id = 0;  // never 0, never twice
};

class Logins {
 public:
  // Unused for so long one ends by itself.
  static constexpr seconds kIdle{7 * 24 * 3600};
  // A household's browsers; the longest unused goes.
  static constexpr std::size_t kMost = 100;

  // Returns the token that the browser is to show from now on.
  std::string begin(std::string name, http::Role role, SteadyTime now);

  // nullopt for a token of none. Counts as use.
  std::optional<Login> find(std::string_view token, SteadyTime now);

  // Counts as use, too: whoever only watches asks nothing further by his token.
  bool is_open(std::uint64_t id, SteadyTime now);

  void end(std::string_view token);
  // Ends those that `goes` is true for.
  void end_all(const std::function<bool(const Login&)>& goes);

 private:
  struct Entry {
    std::string digest;  // not the token: whoever reads this memory gets in by none
    Login login;
    SteadyTime used;
  };

  // False for one that has ended by itself.
  static bool use(Entry& entry, SteadyTime now);

  std::vector<Entry> entries_;
  std::uint64_t last_id_ = 0;
};

}  // namespace minidvr::access
