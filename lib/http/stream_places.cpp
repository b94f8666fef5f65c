#include "http/stream_places.hpp"

#include <algorithm>

namespace minidvr::http {

StreamPlaces::Place StreamPlaces::take(const std::string& network) {
  const auto same = static_cast<std::size_t>(std::count(taken_->begin(), taken_->end(), network));
  if (same >= limits_.streams_per_network || taken_->size() >= limits_.streams) return nullptr;
  taken_->push_back(network);
  const auto free = [taken = taken_, network](const void*) {
    taken->erase(std::find(taken->begin(), taken->end(), network));
  };
  return Place(taken_.get(), free);
}

}  // namespace minidvr::http
