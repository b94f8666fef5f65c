// What a look has brought that is more than clients are to be told at once: it waits here for its
// turn. No I/O.
#pragma once

#include "archive/changes.hpp"
#include "archive/index.hpp"

#include <cstddef>
#include <deque>
#include <string>

namespace minidvr::archive {

class UntoldChanges {
 public:
  void add(Changes changes);
  bool empty() const { return removed_.empty() && changed_.empty() && added_.empty(); }
  // The next `most` names at the most. What was removed and is in the index is back by now, and
  // that was told.
  Changes take(std::size_t most, const Index& index);

 private:
  std::deque<std::string> removed_;
  std::deque<std::string> changed_;
  std::deque<std::string> added_;
};

}  // namespace minidvr::archive
