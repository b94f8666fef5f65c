#include "dvr/archive_summary.hpp"

namespace minidvr::dvr {

ArchiveStatus ArchiveSummary::now() {
  const auto& index = archive_.index();
  if (version_ != index.version()) {
    totals_ = index.totals();
    version_ = index.version();
  }
  const auto& retention = housekeeping_.status();
  ArchiveStatus status;
  status.complete = archive_.complete();
  status.recordings = totals_.recordings;
  status.bytes = totals_.bytes;
  status.protected_bytes = totals_.protected_bytes;
  status.seconds_kept = std::chrono::duration<double>(totals_.length).count();
  status.oldest = totals_.oldest;
  status.max_age_days = retention.limits.max_age_days;
  status.max_size = retention.limits.max_size;
  status.min_free = retention.min_free;
  status.shortages = retention.shortages;
  status.stopped = retention.stopped;
  return status;
}

}  // namespace minidvr::dvr
