// Which recording has to go next, and why.
#pragma once

#include "core/clock.hpp"
#include "recording/disk_space.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::archive {

// Keeps the archive within its limits, oldest first, one file at a time. No I/O: a pass is
//
//   begin_pass(files);
//   while ((step = next(facts)).deletion) { unlink; unlinked() or failed(); }
//
// with fresh facts before every next(), because only the disk knows what an unlink brought. Passes
// are counted, not timed: one a minute is what the numbers below are made for.
class Retention {
 public:
  enum class Limit { age, size, free };

  // Why a pass ends although a limit is exceeded.
  enum class Stop { none, unlink_failed, space_not_returned, clock_doubted };

  struct Limits {
    std::uint32_t max_age_days = 7;  // since the end of a recording; 0: none
    std::uint64_t max_size = 0;      // bytes of all recordings; 0: none
    // Bytes; 0: none; not given: default_min_free.
    std::optional<std::uint64_t> min_free = std::nullopt;
  };

  // Only what is known to be ours, damaged files too: those are as long as is known, maybe 0.
  struct File {
    std::string name;            // unique in the list
    WallTime start;              // of capture of the first frame
    microseconds length{0};      // below 0 counts as 0
    std::uint64_t bytes = 0;     // of a file that is being written: as of now
    bool is_protected = false;   // kept until somebody takes that back
    bool being_written = false;  // kept until it is complete
    bool in_use = false;         // downloaded, played or cut: goes kForReaders later
    // When the file was changed last; not given: nobody knows.
    std::optional<WallTime> changed = std::nullopt;
    // Its own times may be wrong, and it was recorded no later than a moment before this; the end
    // of time: nobody can say when.
    std::optional<WallTime> known_since = std::nullopt;
  };

  struct Facts {
    std::span<const File> files;               // in any order, with those that may not go
    std::optional<recording::DiskSpace> disk;  // nothing when it can not be asked
    WallTime now;                              // wall clock
    bool clock_set = false;                    // `now` is known to be right
    bool clock_doubted = false;                // and it will not be soon
  };

  struct Deletion {
    std::string name;
    Limit limit;  // which is exceeded
    bool operator==(const Deletion&) const = default;
  };

  // A limit that can not be kept, whatever else is deleted. Told as soon as that is so: for
  // min_free, while as much is still free as the files that may go are short of it.
  struct Shortage {
    Limit limit;                     // size or free
    std::uint64_t wanted = 0;        // bytes: max_size or min_free
    std::uint64_t possible = 0;      // bytes: the smallest size, or the most that can be free
    std::uint64_t is_protected = 0;  // bytes of protected files
    std::uint64_t in_use = 0;        // bytes of other files that are being written
    bool beyond_disk = false;  // min_free is not less than the disk: nothing is deleted for it
    bool operator==(const Shortage&) const = default;
  };

  struct Step {
    std::optional<Deletion> deletion;  // nothing: the pass is over
    Stop stopped = Stop::none;
    std::vector<Shortage> shortages;  // one a limit at most
  };

  // Less unlinked for min_free than this is not judged by what it brought: other programs' files
  // come and go meanwhile.
  static constexpr std::uint64_t kJudgedFrom = 16 << 20;
  // Of what is unlinked for min_free, at least one part in so many has to come back.
  static constexpr std::uint64_t kLeastReturned = 8;
  // Space that comes back after the verdict (btrfs takes half a minute) has to be one part in so
  // many: in that time others free some, too.
  static constexpr std::uint64_t kLeastReturnedLate = 2;
  // Passes until min_free is tried again: 1, 2, 4... to this. A file that one player holds open
  // costs a minute; with a snapshot of everything, three files a day go for nothing.
  static constexpr std::uint64_t kLongestRest = 512;
  // Of the files that could not be deleted in an earlier pass, so many may fail again before the
  // others are left alone until the next: on a dying disk each may take seconds.
  static constexpr unsigned kRepeatedFailures = 8;
  // What begins so long after now was recorded by a clock that was wrong, and nobody knows when:
  // for its space it goes first, and its age is that of the file.
  static constexpr std::chrono::days kFuture{1};

  // What is in use counts as so much younger. No longer, and for every limit: whoever may only
  // watch could else keep all from being deleted for its age, or have the newest deleted for its
  // space.
  static constexpr std::chrono::hours kForReaders{1};

  explicit Retention(Limits limits) : limits_(limits) {}

  // The larger of 1 GiB and 3 % of `total` bytes.
  static std::uint64_t default_min_free(std::uint64_t total);
  // Bytes, as it is for that disk.
  std::uint64_t min_free(const recording::DiskSpace& disk) const;

  // A disk that takes fewer files than these is as good as full: where min_free is none, too, none
  // is deleted for it.
  static constexpr std::uint64_t kFewestFiles = 32;
  // Whether recordings are to go because the disk has too little room left.
  bool is_short(const recording::DiskSpace& disk) const;
  const Limits& limits() const { return limits_; }

  void begin_pass(std::span<const File> files);

  // Asking again without having carried out the answer gives the same one.
  Step next(const Facts& facts);

  // The file that next() named last is gone, also when somebody else had deleted it.
  void unlinked();
  // It could not be deleted. The pass is over, unless that file has failed in an earlier pass: it
  // is tried once in each, and no longer keeps others from being deleted.
  void failed();

 private:
  struct Totals;

  // The file that next() named last.
  struct Wanted {
    Deletion deletion;
    std::uint64_t bytes;
    std::uint64_t accounted;
  };

  // What was unlinked for min_free and not yet seen to come back.
  struct Trial {
    std::uint64_t accounted;  // bytes that were free or in recordings before
    std::uint64_t bytes = 0;
    bool fruitless = false;  // the verdict
  };

  std::vector<Shortage> shortages(const Facts& facts, const Totals& totals) const;
  void judge_space(std::uint64_t accounted);
  bool may_go(const File& file) const;
  const File* oldest_by_age(const Facts& facts) const;
  const File* oldest_with_space(const Facts& facts) const;
  bool too_old(const File& file, const Facts& facts) const;
  // Whether anything would go for its age, or might.
  bool waits_for_clock(const Facts& facts) const;

  Limits limits_;
  std::optional<Wanted> wanted_;

  // Names; those that are no longer there are forgotten with the next pass.
  std::set<std::string, std::less<>> failed_before_;
  std::set<std::string, std::less<>> failed_now_;
  unsigned repeated_failures_ = 0;  // in this pass
  bool stopped_ = false;            // for the rest of this pass

  std::uint64_t pass_ = 0;
  std::optional<Trial> trial_;
  std::uint64_t next_rest_ = 1;   // passes
  std::uint64_t rest_until_ = 0;  // the pass from which on files go for min_free again
};

// For people: 512 MiB, 1.8 GiB.
std::string amount_of_space(std::uint64_t bytes);

// For the log: "it is older than max_age_days".
std::string_view describe(Retention::Limit limit);
// For the log and for people; empty for none.
std::string_view describe(Retention::Stop stop);
// For people, with the reason.
std::string describe(const Retention::Shortage& shortage);
// All of them; empty for none.
std::string describe(std::span<const Retention::Shortage> shortages);

// The same for programs, as static/api/openapi.json lists them; none has no name.
std::string_view name_of(Retention::Stop stop);
std::string_view name_of(const Retention::Shortage& shortage);

}  // namespace minidvr::archive
