#include "capture/usual_interval.hpp"

#include <algorithm>

namespace minidvr::capture {

void UsualInterval::add(Steady::duration distance) {
  if (distance <= Steady::duration::zero()) return;
  if (distances_.size() == kWindow) distances_.erase(distances_.begin());
  distances_.push_back(distance);
}

std::optional<Steady::duration> UsualInterval::value() const {
  if (distances_.size() < kFewest) return std::nullopt;
  auto sorted = distances_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

}  // namespace minidvr::capture
