// All recordings, in memory, by the time of their first frame. No I/O here.
#pragma once

#include "archive/recording.hpp"
#include "core/error.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::archive {

class Index {
 public:
  // Of what put() has replaced: names, without those of what was being written.
  struct Replaced {
    std::set<std::string> changed;
    std::set<std::string> same;  // nothing of them is other than it was
  };
  // Adds them; those that are there already are replaced.
  Replaced put(std::vector<Recording> recordings);
  // False: there was none.
  bool remove(std::string_view name);
  // Removes all but those that `stays` is true for; returns how many.
  std::size_t keep(const std::function<bool(const Recording&)>& stays);

  // nullptr: there is none. Valid until the next change.
  const Recording* find(std::string_view name) const;
  // The one that shows what was captured at `time`; the later one where the clock was set back.
  // Also within a frame or two of its end, and a millisecond before its start: times of clients
  // have milliseconds. nullptr: there is none. Valid until the next change.
  const Recording* holding(WallTime time) const;

  struct Query {
    std::optional<WallTime> from;  // of those that show something at that time, or later
    std::optional<WallTime> to;    // of those that begin before that
    std::size_t limit = 100;       // of one page; 1 at least
    std::string cursor;            // of the page before; empty: the first one
  };
  struct Page {
    std::vector<const Recording*> recordings;  // newest first; valid until the next change
    std::string cursor;                        // of the next page; empty: this is the last
  };
  // The cursor names the last recording of a page, so it stays right while others come and go, and
  // when that one goes. malformed: it is no cursor.
  Result<Page> page(const Query& query) const;

  // Time without a recording between the one before and this one. 0 for the first one, and where
  // both lie next to each other.
  microseconds gap_before(const Recording& recording) const;

  struct Day {
    std::string date;  // local, of the first frame: 2026-11-24
    std::size_t recordings = 0;
    microseconds length{0};
    std::uint64_t bytes = 0;
    std::size_t marks = 0;
    std::size_t is_protected = 0;  // recordings
  };
  std::vector<Day> days() const;  // oldest first

  const std::vector<Recording>& all() const { return recordings_; }  // oldest first

  // Of the complete ones that are known to be recordings.
  struct Totals {
    std::size_t recordings = 0;
    std::uint64_t bytes = 0;
    std::uint64_t protected_bytes = 0;
    microseconds length{0};
    std::optional<WallTime> oldest;  // start
  };
  Totals totals() const;

  // Another one after every change.
  std::uint64_t version() const { return version_; }

 private:
  std::vector<Recording>::const_iterator position(std::string_view name) const;

  std::vector<Recording> recordings_;  // by start and name
  microseconds longest_{0};
  std::uint64_t version_ = 0;
};

}  // namespace minidvr::archive
