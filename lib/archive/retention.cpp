#include "archive/retention.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b
             ? std::numeric_limits<std::uint64_t>::max()
             : a + b;
}

std::uint64_t saturated_difference(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

microseconds since_1970(WallTime time) {
  return std::chrono::floor<microseconds>(time.time_since_epoch());
}

// Since 1970. The wall clock ends after 292 years, but a length may be any number: at half of what
// microseconds can tell there is still room to add and subtract any time.
microseconds recording_end(const Retention::File& file) {
  constexpr microseconds kLongest = microseconds::max() / 2;
  return since_1970(file.start) + std::clamp(file.length, microseconds::zero(), kLongest);
}

bool is_of_future(const Retention::File& file, const Retention::Facts& facts) {
  return facts.clock_set && since_1970(file.start) - since_1970(facts.now) > Retention::kFuture;
}

// When it ended, as far as can be told.
microseconds told_end(const Retention::File& file, const Retention::Facts& facts) {
  const microseconds told = recording_end(file);
  if (is_of_future(file, facts)) {
    const auto& known = file.known_since ? file.known_since : file.changed;
    return known ? since_1970(*known) : told;
  }
  return file.known_since ? std::max(told, since_1970(*file.known_since)) : told;
}

// When it counts as having ended.
microseconds known_end(const Retention::File& file, const Retention::Facts& facts) {
  return told_end(file, facts) +
         (file.in_use ? microseconds(Retention::kForReaders) : microseconds::zero());
}

bool is_longer_ago_than(microseconds end, std::uint32_t days, const Retention::Facts& facts) {
  // The wall clock spans less than this, and it can be told in microseconds.
  constexpr std::uint32_t kForever = 1'000'000;
  const std::chrono::days most(std::min(days, kForever));
  return since_1970(facts.now) - end > most;
}

bool is_older_than(const Retention::File& file, std::uint32_t days, const Retention::Facts& facts) {
  return is_longer_ago_than(known_end(file, facts), days, facts);
}

// Also one that nobody can say of how old it is, by what it says itself.
bool seems_older_than(const Retention::File& file, std::uint32_t days,
                      const Retention::Facts& facts) {
  const bool is_unknown = file.known_since == WallTime::max();
  return is_longer_ago_than(is_unknown ? recording_end(file) : known_end(file, facts), days, facts);
}

// nullptr: there is none. `place` says where a file stands among those that may go.
template <class MayGo, class Place>
const Retention::File* first_of(std::span<const Retention::File> files, const MayGo& may_go,
                                const Place& place) {
  const Retention::File* found = nullptr;
  for (const auto& file : files) {
    if (may_go(file) && (found == nullptr || place(file) < place(*found))) found = &file;
  }
  return found;
}

}  // namespace

std::string amount_of_space(std::uint64_t bytes) {
  constexpr double kMebibyte = 1 << 20;
  constexpr double kGibibyte = 1 << 30;
  const auto amount = static_cast<double>(bytes);
  return amount < kGibibyte ? fmt::format("{:.0f} MiB", amount / kMebibyte)
                            : fmt::format("{:.1f} GiB", amount / kGibibyte);
}

// Bytes.
struct Retention::Totals {
  explicit Totals(std::span<const File> files) {
    for (const File& file : files) {
      std::uint64_t& part = file.is_protected    ? is_protected
                            : file.being_written ? in_use
                                                 : deletable;
      part = saturated_sum(part, file.bytes);
    }
    kept = saturated_sum(is_protected, in_use);
    all = saturated_sum(kept, deletable);
  }

  std::uint64_t is_protected = 0;
  std::uint64_t in_use = 0;  // being written, and not protected
  std::uint64_t deletable = 0;
  std::uint64_t kept = 0;
  std::uint64_t all = 0;
};

std::uint64_t Retention::default_min_free(std::uint64_t total) {
  constexpr std::uint64_t kAtLeast = 1 << 30;
  constexpr std::uint64_t kPercent = 3;
  return std::max(kAtLeast, total / 100 * kPercent + total % 100 * kPercent / 100);
}

std::uint64_t Retention::min_free(const recording::DiskSpace& disk) const {
  return limits_.min_free.value_or(default_min_free(disk.total));
}

bool Retention::is_short(const recording::DiskSpace& disk) const {
  const std::uint64_t wanted = min_free(disk);
  if (wanted == 0) return false;
  // A limit beyond the disk would empty the archive and still not be kept.
  const bool lacks_bytes = disk.free < wanted && wanted < disk.total;
  return lacks_bytes || disk.takes_fewer_files_than(kFewestFiles);
}

void Retention::begin_pass(std::span<const File> files) {
  ++pass_;
  stopped_ = false;
  repeated_failures_ = 0;
  failed_before_.merge(failed_now_);
  failed_now_.clear();
  std::set<std::string, std::less<>> still_there;
  for (const File& file : files) {
    if (failed_before_.contains(file.name)) still_there.insert(file.name);
  }
  failed_before_ = std::move(still_there);
  wanted_.reset();
  // Too little for a verdict, and others have used the disk since.
  if (trial_ && trial_->bytes < kJudgedFrom) trial_.reset();
}

Retention::Step Retention::next(const Facts& facts) {
  const Totals totals(facts.files);
  Step step;
  step.shortages = shortages(facts, totals);
  wanted_.reset();

  const bool too_much = limits_.max_size > 0 && totals.all > limits_.max_size;
  const bool too_full = facts.disk && is_short(*facts.disk);
  const std::uint64_t accounted = saturated_sum(facts.disk ? facts.disk->free : 0, totals.all);
  if (too_full) {
    judge_space(accounted);
  } else if (facts.disk) {
    trial_.reset();
    next_rest_ = 1;
    rest_until_ = 0;
  }
  if (stopped_) {
    step.stopped = Stop::unlink_failed;
    return step;
  }

  const auto want = [&](const File& file, Limit limit) {
    step.deletion = Deletion{file.name, limit};
    wanted_ = Wanted{*step.deletion, file.bytes, accounted};
  };
  const File* const any = oldest_by_age(facts);
  const File* const with_space = oldest_with_space(facts);
  if (any != nullptr && too_old(*any, facts)) {
    want(*any, Limit::age);
  } else if (with_space != nullptr && too_much) {
    want(*with_space, Limit::size);
  } else if (with_space != nullptr && too_full) {
    if (pass_ < rest_until_) {
      step.stopped = Stop::space_not_returned;
    } else {
      want(*with_space, Limit::free);
    }
  }
  if (!step.deletion && step.stopped == Stop::none && !failed_now_.empty()) {
    step.stopped = Stop::unlink_failed;
  }
  if (!step.deletion && step.stopped == Stop::none && waits_for_clock(facts)) {
    step.stopped = Stop::clock_doubted;
  }
  return step;
}

bool Retention::waits_for_clock(const Facts& facts) const {
  if (limits_.max_age_days == 0 || !facts.clock_doubted) return false;
  return std::any_of(facts.files.begin(), facts.files.end(), [&](const File& file) {
    return may_go(file) && seems_older_than(file, limits_.max_age_days, facts);
  });
}

void Retention::unlinked() {
  if (!wanted_) return;
  if (wanted_->deletion.limit == Limit::free) {
    if (!trial_) trial_ = Trial{.accounted = wanted_->accounted};
    trial_->bytes = saturated_sum(trial_->bytes, wanted_->bytes);
  }
  wanted_.reset();
}

void Retention::failed() {
  if (!wanted_) return;
  if (failed_before_.contains(wanted_->deletion.name)) {
    ++repeated_failures_;
  } else {
    stopped_ = true;
  }
  failed_now_.insert(wanted_->deletion.name);
  wanted_.reset();
}

// What is recorded or deleted meanwhile moves bytes between free space and recordings. What leaves
// both has not come back: somebody holds a file open, a snapshot does, or others fill the disk.
void Retention::judge_space(std::uint64_t accounted) {
  if (!trial_ || trial_->bytes < kJudgedFrom) return;
  const std::uint64_t lost = saturated_difference(trial_->accounted, accounted);
  const std::uint64_t returned = saturated_difference(trial_->bytes, lost);
  if (!trial_->fruitless) {
    if (returned >= trial_->bytes / kLeastReturned) {
      trial_.reset();
      next_rest_ = 1;
    } else {
      trial_->fruitless = true;
      rest_until_ = pass_ + next_rest_;
      next_rest_ = std::min(2 * next_rest_, kLongestRest);
    }
  } else if (pass_ >= rest_until_) {
    trial_.reset();
  } else if (returned >= trial_->bytes / kLeastReturnedLate) {
    // The next rest stays long: this may have been somebody else's space.
    trial_.reset();
    rest_until_ = 0;
  }
}

bool Retention::may_go(const File& file) const {
  if (file.is_protected || file.being_written || failed_now_.contains(file.name)) return false;
  return repeated_failures_ < kRepeatedFailures || !failed_before_.contains(file.name);
}

// By end, as age is counted: when the oldest is not too old, none is.
const Retention::File* Retention::oldest_by_age(const Facts& facts) const {
  const auto place = [&](const File& file) {
    return std::tuple(known_end(file, facts), recording_end(file), file.start,
                      std::string_view(file.name));
  };
  return first_of(
      facts.files, [this](const File& file) { return may_go(file); }, place);
}

// An empty file brings nothing, so it goes by age only.
const Retention::File* Retention::oldest_with_space(const Facts& facts) const {
  const auto place = [&](const File& file) {
    const bool is_unknown = is_of_future(file, facts) && !file.known_since;
    return std::tuple(!is_unknown, known_end(file, facts), recording_end(file), file.start,
                      std::string_view(file.name));
  };
  const auto has_space = [this](const File& file) { return file.bytes > 0 && may_go(file); };
  return first_of(facts.files, has_space, place);
}

bool Retention::too_old(const File& file, const Facts& facts) const {
  return limits_.max_age_days > 0 && facts.clock_set &&
         is_older_than(file, limits_.max_age_days, facts);
}

std::vector<Retention::Shortage> Retention::shortages(const Facts& facts,
                                                      const Totals& totals) const {
  std::vector<Shortage> found;
  if (limits_.max_size > 0 && totals.kept > limits_.max_size) {
    found.push_back(
        {Limit::size, limits_.max_size, totals.kept, totals.is_protected, totals.in_use, false});
  }
  if (!facts.disk) return found;
  const std::uint64_t wanted = min_free(*facts.disk);
  const std::uint64_t possible = saturated_sum(facts.disk->free, totals.deletable);
  const bool beyond_disk = wanted > 0 && wanted >= facts.disk->total;
  if (possible < wanted || beyond_disk) {
    found.push_back(
        {Limit::free, wanted, possible, totals.is_protected, totals.in_use, beyond_disk});
  }
  return found;
}

std::string_view describe(Retention::Limit limit) {
  switch (limit) {
    case Retention::Limit::age:
      return "it is older than max_age_days";
    case Retention::Limit::size:
      return "the recordings take more than max_size";
    case Retention::Limit::free:
      return "less than min_free is free";
  }
  return "";
}

std::string_view describe(Retention::Stop stop) {
  switch (stop) {
    case Retention::Stop::none:
      return "";
    case Retention::Stop::unlink_failed:
      return "a recording could not be deleted; it is tried again";
    case Retention::Stop::space_not_returned:
      return "the space of deleted recordings does not come back: they are held open or part of a "
             "snapshot, or other programs fill the disk";
    case Retention::Stop::clock_doubted:
      return "for its age nothing is deleted for now: the clock jumped by more than a day, and "
             "nothing shows that a time server sets it; it is believed once that is known, or "
             "after 24 hours";
  }
  return "";
}

std::string_view name_of(Retention::Stop stop) {
  switch (stop) {
    case Retention::Stop::none:
      return "";
    case Retention::Stop::unlink_failed:
      return "delete_failed";
    case Retention::Stop::space_not_returned:
      return "space_not_returned";
    case Retention::Stop::clock_doubted:
      return "clock_doubted";
  }
  return "";
}

std::string_view name_of(const Retention::Shortage& shortage) {
  if (shortage.beyond_disk) return "min_free_beyond_disk";
  return shortage.limit == Retention::Limit::size ? "max_size" : "min_free";
}

std::string describe(const Retention::Shortage& shortage) {
  const std::string wanted = amount_of_space(shortage.wanted);
  if (shortage.beyond_disk) {
    return fmt::format("min_free ({}) is not less than the disk, nothing is deleted for it",
                       wanted);
  }
  const std::string why =
      fmt::format("{} are protected, {} are in use", amount_of_space(shortage.is_protected),
                  amount_of_space(shortage.in_use));
  const std::string possible = amount_of_space(shortage.possible);
  if (shortage.limit == Retention::Limit::size) {
    return fmt::format("recordings that may not be deleted take {}, more than max_size ({}): {}",
                       possible, wanted, why);
  }
  return fmt::format(
      "at most {} can be free, less than min_free ({}): {}, the rest is no recording", possible,
      wanted, why);
}

std::string describe(std::span<const Retention::Shortage> shortages) {
  std::string text;
  for (const auto& shortage : shortages)
    text += (text.empty() ? "" : "; ") + describe(shortage);
  return text;
}

}  // namespace minidvr::archive
