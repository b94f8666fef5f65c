// Listings damaged in the ways that matter: bytes, lines, numbers and words of the format.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace minidvr::fuzz {

// The same seed gives the same mutants, on every machine.
class ListingMutator {
 public:
  ListingMutator(std::string listing, std::uint32_t seed);

  // One line of the listing, mutated, with its line feed.
  std::string next_line();

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  void mutate(std::string& line);

  std::vector<std::string> lines_;
  std::mt19937 random_;
};

}  // namespace minidvr::fuzz
