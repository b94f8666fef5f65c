// Choices that a seed makes: the same seed makes the same disk.
#pragma once

#include "power_cut/disk_model.hpp"

#include <map>
#include <random>
#include <string_view>

namespace minidvr::power_cut {

class SeededCut : public CutChoices {
 public:
  // `stale`: what blocks may hold that were used before, such as pieces of deleted recordings.
  SeededCut(std::uint64_t seed, std::string_view stale);

  bool keeps_name(std::size_t position) override;
  std::size_t size_changes(std::size_t file, std::size_t changes) override;
  std::size_t sector_changes(std::size_t file, std::size_t sector, std::size_t changes) override;
  std::string unwritten(std::size_t file, std::size_t sector, std::size_t bytes) override;

 private:
  // How much of what was not synced is there.
  enum class Kept { nothing, everything, until, scattered };
  enum class Unwritten { zeros, junk, stale };

  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::size_t some_of(Kept kept, std::size_t changes);
  Kept data_of(std::size_t file);

  std::mt19937_64 random_;
  std::string_view stale_;
  Kept names_;
  Kept data_;
  Unwritten unwritten_;
  bool names_ended_ = false;
  std::map<std::size_t, Kept> files_;
  std::map<std::size_t, std::size_t> until_;  // file -> changes
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> pages_;
};

}  // namespace minidvr::power_cut
