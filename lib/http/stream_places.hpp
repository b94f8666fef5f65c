// Answers that have no end, such as the picture: how many at once.
#pragma once

#include "http/limits.hpp"

#include <memory>
#include <string>
#include <vector>

namespace minidvr::http {

class StreamPlaces {
 public:
  explicit StreamPlaces(const Limits& limits) : limits_(limits) {}

  // Taken as long as it lives; it may outlive the others.
  using Place = std::shared_ptr<const void>;

  // nullptr: `network` (see network_of()) has its share, or all places are taken.
  Place take(const std::string& network);

 private:
  using Taken = std::vector<std::string>;  // by whom

  const Limits& limits_;
  std::shared_ptr<Taken> taken_ = std::make_shared<Taken>();
};

}  // namespace minidvr::http
