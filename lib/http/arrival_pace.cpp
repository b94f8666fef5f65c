#include "http/arrival_pace.hpp"

#include <algorithm>

namespace minidvr::http {

bool ArrivalPace::keeps(const std::string& network, SteadyTime now) {
  const auto found = paid_at_.find(network);
  const auto paid_at = found == paid_at_.end() ? now : std::max(found->second, now);
  const auto longest = interval_ * static_cast<Steady::rep>(at_once_);
  if (paid_at + interval_ - now > longest) return false;
  if (found != paid_at_.end()) {
    found->second = paid_at + interval_;
  } else {
    forget_some(now);
    paid_at_.emplace(network, paid_at + interval_);
  }
  return true;
}

void ArrivalPace::forget_some(SteadyTime now) {
  if (paid_at_.size() < kMostNetworks) return;
  std::erase_if(paid_at_, [&](const auto& entry) { return entry.second <= now; });
  if (paid_at_.size() >= kMostNetworks) paid_at_.erase(paid_at_.begin());
}

}  // namespace minidvr::http
