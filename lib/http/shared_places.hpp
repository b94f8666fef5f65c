// What there is only so often at once: answers that have no end, such as the picture.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace minidvr::http {

class SharedPlaces {
 public:
  // `share`: what one network may take of them.
  SharedPlaces(std::size_t places, std::size_t share) : places_(places), share_(share) {}

  // Taken as long as it lives; it may outlive the others.
  using Place = std::shared_ptr<const void>;

  // nullptr: `network` (see network_of()) has its share, or all places are taken.
  Place take(const std::string& network);

 private:
  using Taken = std::vector<std::string>;  // by whom

  std::size_t places_;
  std::size_t share_;
  std::shared_ptr<Taken> taken_ = std::make_shared<Taken>();
};

}  // namespace minidvr::http
