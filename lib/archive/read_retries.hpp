// When what the disk did not give is asked for again: ever more seldom. A dying disk may take
// seconds for each try, and the recorder's writes wait behind it.
#pragma once

#include "archive/archive_folder.hpp"
#include "core/clock.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::archive {

class RetryPause {
 public:
  static constexpr seconds kFirst{30};
  static constexpr seconds kLongest{3600};

  // Twice as long as the one before. What fails while it lasts leaves it as it is.
  void fail(SteadyTime now);
  void succeed() { until_.reset(); }
  bool lasts(SteadyTime now) const { return until_ && now < *until_; }
  bool is_over(SteadyTime now) const { return until_ && now >= *until_; }

 private:
  seconds length_{0};
  std::optional<SteadyTime> until_;  // nullopt: nothing has failed
};

class ReadRetries {
 public:
  using Known = ArchiveFolder::Known;

  // Those of `failing`, as they are now, that are to be read: their time has come, or they are
  // other than at the last look. What is not named is forgotten.
  std::vector<std::string> due(const std::vector<Known>& failing, SteadyTime now);
  void failed(const std::string& name, SteadyTime now) { retries_[name].pause.fail(now); }
  bool any_due(SteadyTime now) const;
  // Those that were due, or not yet, as they were at the last look.
  std::vector<Known> seen() const;

 private:
  struct Retry {
    RetryPause pause;
    std::optional<Known> seen{};
  };
  std::map<std::string, Retry> retries_;
};

}  // namespace minidvr::archive
