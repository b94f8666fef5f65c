// How long something took, counted by how long: what a mean would hide.
#pragma once

#include "core/clock.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace minidvr {

class Histogram {
 public:
  // Upper bounds in seconds, of what is quick on an SSD and what is slow on an SD card; behind the
  // last there is one more count for all that took longer.
  static constexpr std::array kBounds = {0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0};

  void add(Steady::duration took) {
    const double value = std::max(0.0, to_seconds(took));
    const auto* const bound = std::lower_bound(kBounds.begin(), kBounds.end(), value);
    ++counts_[static_cast<std::size_t>(bound - kBounds.begin())];
    sum_ += value;
  }

  // One for each bound, not those of the smaller ones among them; the last: longer than all.
  const std::array<std::uint64_t, kBounds.size() + 1>& counts() const { return counts_; }
  // Seconds that all of it took.
  double sum() const { return sum_; }

  bool operator==(const Histogram&) const = default;

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

}  // namespace minidvr
