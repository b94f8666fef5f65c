// The archive in the status.
#pragma once

#include "archive/archive.hpp"
#include "archive/housekeeping.hpp"
#include "dvr/status.hpp"

#include <cstdint>
#include <optional>

namespace minidvr::dvr {

// Sums up anew only what has changed: the status is asked for every second, and there may be 20,000
// recordings.
class ArchiveSummary {
 public:
  // Both must outlive it.
  ArchiveSummary(const archive::Archive& archive, const archive::Housekeeping& housekeeping)
      : archive_(archive), housekeeping_(housekeeping) {}

  ArchiveStatus now();

 private:
  const archive::Archive& archive_;
  const archive::Housekeeping& housekeeping_;
  std::optional<std::uint64_t> version_;  // of the index, when it was summed up
  archive::Index::Totals totals_;
};

}  // namespace minidvr::dvr
