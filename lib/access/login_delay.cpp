#include "access/login_delay.hpp"

#include <algorithm>

namespace minidvr::access {

seconds LoginDelay::wait(const std::string& client, SteadyTime now) const {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return seconds(0);
  const auto& [count, last] = found->second;
  if (count < kFree || now - last >= kForgotten) return seconds(0);
  constexpr unsigned kMostDoublings = 6;
  const seconds pause = std::min(seconds(1 << std::min(count - kFree, kMostDoublings)), kLongest);
  const auto left = std::chrono::ceil<seconds>(last + pause - now);
  return std::max(left, seconds(0));
}

void LoginDelay::trying(const std::string& client, SteadyTime now) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  auto& [count, last] = found->second;
  if (count >= kFree && now - last < kForgotten) last = now;
}

void LoginDelay::failed(const std::string& client, SteadyTime now) {
  std::erase_if(clients_, [&](const auto& entry) { return now - entry.second.last >= kForgotten; });
  if (clients_.size() >= kMostClients && !clients_.contains(client)) {
    const auto oldest = std::min_element(
        clients_.begin(), clients_.end(),
        [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
    clients_.erase(oldest);
  }
  auto& failures = clients_[client];
  ++failures.count;
  failures.last = now;
}

}  // namespace minidvr::access
