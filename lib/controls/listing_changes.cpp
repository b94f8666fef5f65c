#include "controls/listing_changes.hpp"

namespace minidvr::controls {

ListingChanges changes_between(const ControlList& before, const ControlList& now) {
  ListingChanges changes;
  for (const Control& control : now) {
    const Control* old = find_control(before, control.id);
    if (old == nullptr || *old != control) changes.changed.push_back(control);
  }
  for (const Control& control : before) {
    if (find_control(now, control.id) == nullptr) changes.removed.push_back(control.id);
  }
  return changes;
}

}  // namespace minidvr::controls
