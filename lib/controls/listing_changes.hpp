// What is different between two listings, for those who are told of changes only.
#pragma once

#include "controls/control.hpp"

#include <string>
#include <vector>

namespace minidvr::controls {

struct ListingChanges {
  ControlList changed;               // new ones and those with any field changed, as they are now
  std::vector<std::string> removed;  // ids that are gone
  bool empty() const { return changed.empty() && removed.empty(); }
};

ListingChanges changes_between(const ControlList& before, const ControlList& now);

}  // namespace minidvr::controls
