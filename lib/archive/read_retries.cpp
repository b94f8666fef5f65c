#include "archive/read_retries.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace minidvr::archive {
namespace {

// The disk may not have said how they are.
bool are_other(const ArchiveFolder::Known& now, const ArchiveFolder::Known& before) {
  const auto differ = [](const FileStamp& one, const FileStamp& other) {
    return !one.is_not_read() && !other.is_not_read() && one != other;
  };
  const auto changed = [](std::int64_t one, std::int64_t other) {
    return one != 0 && other != 0 && one != other;
  };
  return differ(now.stamp, before.stamp) || differ(now.notes_stamp, before.notes_stamp) ||
         changed(now.status_changed, before.status_changed) ||
         changed(now.notes_status_changed, before.notes_status_changed);
}

}  // namespace

void RetryPause::fail(SteadyTime now) {
  if (lasts(now)) return;
  length_ = until_ ? std::min(2 * length_, kLongest) : kFirst;
  until_ = now + length_;
}

std::vector<std::string> ReadRetries::due(const std::vector<Known>& failing, SteadyTime now) {
  std::vector<std::string> names;
  std::map<std::string, Retry> retries;
  for (const auto& one : failing) {
    Retry& retry = retries[one.name];
    if (auto before = retries_.extract(one.name)) retry = std::move(before.mapped());
    if (retry.seen && are_other(one, *retry.seen)) retry = {};
    retry.seen = one;
    if (!retry.pause.lasts(now)) names.push_back(one.name);
  }
  retries_ = std::move(retries);
  return names;
}

std::vector<ArchiveFolder::Known> ReadRetries::seen() const {
  std::vector<Known> all;
  for (const auto& [name, retry] : retries_) {
    if (retry.seen) all.push_back(*retry.seen);
  }
  return all;
}

bool ReadRetries::any_due(SteadyTime now) const {
  return std::any_of(retries_.begin(), retries_.end(),
                     [now](const auto& one) { return one.second.pause.is_over(now); });
}

}  // namespace minidvr::archive
