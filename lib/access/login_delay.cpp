#include "access/login_delay.hpp"

#include <algorithm>
#include <numeric>

namespace minidvr::access {

unsigned LoginDelay::Failures::total() const {
  return std::accumulate(counts.begin(), counts.end(), 0U,
                         [](unsigned sum, const auto& entry) { return sum + entry.second; });
}

seconds LoginDelay::wait(const std::string& client, SteadyTime now) const {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return seconds(0);
  const unsigned count = found->second.total();
  const auto last = found->second.last;
  if (count < kFree || now - last >= kForgotten) return seconds(0);
  constexpr unsigned kMostDoublings = 6;
  const seconds pause = std::min(seconds(1 << std::min(count - kFree, kMostDoublings)), kLongest);
  const auto left = std::chrono::ceil<seconds>(last + pause - now);
  return std::max(left, seconds(0));
}

void LoginDelay::trying(const std::string& client, SteadyTime now) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  auto& failures = found->second;
  if (failures.total() >= kFree && now - failures.last < kForgotten) failures.last = now;
}

void LoginDelay::failed(const std::string& client, std::string_view account, SteadyTime now) {
  std::erase_if(clients_, [&](const auto& entry) { return now - entry.second.last >= kForgotten; });
  if (clients_.size() >= kMostClients && !clients_.contains(client)) {
    const auto oldest = std::min_element(
        clients_.begin(), clients_.end(),
        [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
    clients_.erase(oldest);
  }
  auto& failures = clients_[client];
  const bool is_apart = failures.counts.size() < kMostAccounts || failures.counts.contains(account);
  ++failures.counts[is_apart ? std::string(account) : std::string()];
  failures.failed = failures.last = now;
}

void LoginDelay::succeeded(const std::string& client, std::string_view account) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  auto& failures = found->second;
  failures.counts.erase(std::string(account));
  // Whoever logs in now and then does not keep what others did from being forgotten.
  failures.last = failures.failed;
  if (failures.counts.empty()) clients_.erase(found);
}

}  // namespace minidvr::access
