// One file's bytes, sector by sector.
#pragma once

#include "power_cut/disk_model.hpp"

#include <span>
#include <string>

namespace minidvr::power_cut {

class Sectors {
 public:
  explicit Sectors(std::string bytes) : bytes_(std::move(bytes)) {}

  // What is on the disk for good.
  void apply(const DiskModel::Change& change);

  // The file when of `open`, the changes that no sync covers, each sector has as many as `choices`
  // say.
  std::string after_cut(std::size_t file, std::span<const DiskModel::Change> open,
                        CutChoices& choices) &&;

 private:
  std::string bytes_;
};

// How long a file is after a change, when it was `size` long.
std::uint64_t size_after(std::uint64_t size, const DiskModel::Change& change);

}  // namespace minidvr::power_cut
