#include "archive/retention_files.hpp"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>

namespace minidvr::archive {
Retention::Limits limits_of(const Settings& settings) {
  return {settings.max_age_days, settings.max_size, settings.min_free};
}

std::string describe(const Retention::Limits& limits) {
  std::vector<std::string> reasons;
  if (limits.max_age_days > 0) {
    reasons.push_back(fmt::format("older than {} {}", limits.max_age_days,
                                  limits.max_age_days == 1 ? "day" : "days"));
  }
  if (limits.max_size > 0) {
    reasons.push_back(fmt::format("while all take more than {}", amount_of_space(limits.max_size)));
  }
  if (!limits.min_free) {
    reasons.emplace_back("while less than 1 GiB or 3 % of the disk is free");
  } else if (*limits.min_free > 0) {
    reasons.push_back(fmt::format("while less than {} is free", amount_of_space(*limits.min_free)));
  }
  return fmt::format("{}", fmt::join(reasons, ", or "));
}

Retention::File as_file(const Recording& recording) {
  const FileStamp& stamp = recording.facts.stamp;
  Retention::File file{recording.name, recording.facts.start,          recording.facts.length,
                       stamp.bytes,    recording.notes().is_protected, recording.being_written};
  const std::chrono::nanoseconds changed(stamp.modified);
  if (!stamp.is_not_read()) {
    file.changed = WallTime(std::chrono::duration_cast<WallTime::duration>(changed));
  }
  return file;
}

std::optional<bool> is_synchronized(const KernelClock& kernel, const std::filesystem::path& mark,
                                    WallTime now) {
  if (kernel.state >= 0) return kernel.state != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0;
  struct stat info {};
  if (::stat(mark.c_str(), &info) != 0) return std::nullopt;  // another one may keep it right
  // By the clock itself: one that was set by hand since then is far from it.
  const auto distance = now - std::chrono::system_clock::from_time_t(info.st_mtim.tv_sec);
  if (distance < kStaysSynchronized && distance > -kStaysSynchronized) return true;
  return std::nullopt;
}

ClockFacts clock_facts() {
  ClockFacts facts;
  facts.now = std::chrono::system_clock::now();
  struct timex kernel {};
  // It tells, and changes nothing, when no mode is set.
  const int state = ::adjtimex(&kernel);
  const auto told = is_synchronized({state, kernel.status}, kTimesyncdMark, facts.now);
  facts.synchronized = told.value_or(false);
  facts.synchronized_is_known = told.has_value();
  struct timespec up {};
  if (::clock_gettime(CLOCK_BOOTTIME, &up) == 0) facts.since_boot = seconds(up.tv_sec);
  return facts;
}

bool is_clock_set(const ClockFacts& facts) {
  if (facts.now < kProgramWritten) return false;
  return facts.synchronized || facts.since_boot >= kUntilSynchronized;
}

}  // namespace minidvr::archive
