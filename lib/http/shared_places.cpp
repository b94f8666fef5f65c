#include "http/shared_places.hpp"

#include <algorithm>

namespace minidvr::http {

SharedPlaces::Place SharedPlaces::take(const std::string& network) {
  const auto same = static_cast<std::size_t>(std::count(taken_->begin(), taken_->end(), network));
  if (same >= share_ || taken_->size() >= places_) return nullptr;
  taken_->push_back(network);
  const auto free = [taken = taken_, network](const void*) {
    taken->erase(std::find(taken->begin(), taken->end(), network));
  };
  return Place(taken_.get(), free);
}

}  // namespace minidvr::http
