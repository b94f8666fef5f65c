// How far frames usually are apart.
#pragma once

#include "core/clock.hpp"

#include <optional>

#include <boost/container/static_vector.hpp>

namespace minidvr::capture {

// The median of the last distances: single holes and late frames do not move it, another frame rate
// does after half the window. No I/O, and nothing is allocated: this runs for every frame.
class UsualInterval {
 public:
  static constexpr std::size_t kWindow = 15;
  static constexpr std::size_t kFewest = 4;  // with fewer nothing is usual

  void add(Steady::duration distance);
  void clear() { distances_.clear(); }

  std::optional<Steady::duration> value() const;

 private:
  boost::container::static_vector<Steady::duration, kWindow> distances_;  // oldest first
};

}  // namespace minidvr::capture
