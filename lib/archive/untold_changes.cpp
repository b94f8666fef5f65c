#include "archive/untold_changes.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace minidvr::archive {
namespace {

void append(std::deque<std::string>& all, std::vector<std::string>& some) {
  all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
}

// Takes `count` at the most, and returns how many it took.
std::size_t take_from(std::deque<std::string>& all, std::vector<std::string>& some,
                      std::size_t count) {
  count = std::min(count, all.size());
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(count);
  some.assign(std::make_move_iterator(all.begin()), std::make_move_iterator(end));
  all.erase(all.begin(), end);
  return count;
}

}  // namespace

void UntoldChanges::add(Changes changes) {
  append(removed_, changes.removed);
  append(changed_, changes.changed);
  append(added_, changes.added);
}

Changes UntoldChanges::take(std::size_t most, const Index& index) {
  Changes part;
  most -= take_from(removed_, part.removed, most);
  most -= take_from(changed_, part.changed, most);
  take_from(added_, part.added, most);
  if (part.removed.empty()) return part;
  std::set<std::string_view> gone(part.removed.begin(), part.removed.end());
  for (const auto& one : index.all())
    gone.erase(one.name);
  std::erase_if(part.removed, [&](const auto& name) { return !gone.contains(name); });
  return part;
}

}  // namespace minidvr::archive
