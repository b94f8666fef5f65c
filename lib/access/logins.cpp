#include "access/logins.hpp"

#include "access/password.hpp"

#include <algorithm>
#include <utility>

namespace minidvr::access {

std::string Logins::begin(std::string name, http::Role role, SteadyTime now) {
  std::erase_if(entries_, [&](const Entry& entry) { return now - entry.used >= kIdle; });
  if (entries_.size() >= kMost) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(),
                                    [](const auto& a, const auto& b) { return a.used < b.used; }));
  }
  std::string token = random_token();
  entries_.push_back({token_digest(token), {std::move(name), role, ++last_id_}, now});
  return token;
}

std::optional<Login> Logins::find(std::string_view token, SteadyTime now) {
  const std::string digest = token_digest(token);
  for (auto& entry : entries_) {
    if (is_same_secret(entry.digest, digest) && use(entry, now)) return entry.login;
  }
  return std::nullopt;
}

bool Logins::is_open(std::uint64_t id, SteadyTime now) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.login.id == id; });
  return found != entries_.end() && use(*found, now);
}

bool Logins::use(Entry& entry, SteadyTime now) {
  if (now - entry.used >= kIdle) return false;
  entry.used = now;
  return true;
}

void Logins::end(std::string_view token) {
  const std::string digest = token_digest(token);
  std::erase_if(entries_, [&](const Entry& entry) { return is_same_secret(entry.digest, digest); });
}

void Logins::end_all(const std::function<bool(const Login&)>& goes) {
  std::erase_if(entries_, [&](const Entry& entry) { return goes(entry.login); });
}

}  // namespace minidvr::access
