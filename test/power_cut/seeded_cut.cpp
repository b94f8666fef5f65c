#include "power_cut/seeded_cut.hpp"

#include <algorithm>

namespace minidvr::power_cut {
namespace {

// One in so many pages is written in part: the cut came between two of its sectors.
constexpr std::size_t kTornPages = 8;
// One in so many name changes ends what the disk has of them, where they are kept in order.
constexpr std::size_t kNamesEnd = 3;
// One in so many seeds is the plainest case: nothing, or everything, of what was not synced.
constexpr std::size_t kPlain = 8;

}  // namespace

SeededCut::SeededCut(std::uint64_t seed, std::string_view stale) : random_(seed), stale_(stale) {
  random_.discard(8);  // neighbouring seeds begin alike
  const auto kind = below(kPlain);
  if (kind == 0) {
    names_ = data_ = Kept::nothing;
  } else if (kind == 1) {
    names_ = data_ = Kept::everything;
  } else {
    names_ = static_cast<Kept>(below(4));
    data_ = Kept::scattered;  // each file as it comes
  }
  unwritten_ = static_cast<Unwritten>(below(stale_.empty() ? 2 : 3));
}

bool SeededCut::keeps_name(std::size_t) {
  switch (names_) {
    case Kept::nothing:
      return false;
    case Kept::everything:
      return true;
    case Kept::until:
      names_ended_ = names_ended_ || below(kNamesEnd) == 0;
      return !names_ended_;
    case Kept::scattered:
      return below(2) == 0;
  }
  return false;
}

SeededCut::Kept SeededCut::data_of(std::size_t file) {
  if (data_ != Kept::scattered) return data_;
  const auto [entry, fresh] = files_.try_emplace(file, Kept::nothing);
  if (fresh) entry->second = static_cast<Kept>(below(4));
  return entry->second;
}

std::size_t SeededCut::some_of(Kept kept, std::size_t changes) {
  if (kept == Kept::nothing) return 0;
  if (kept == Kept::everything) return changes;
  return below(changes + 1);
}

std::size_t SeededCut::size_changes(std::size_t, std::size_t changes) {
  if (data_ != Kept::scattered) return some_of(data_, changes);
  return some_of(static_cast<Kept>(below(3)), changes);
}

std::size_t SeededCut::sector_changes(std::size_t file, std::size_t sector, std::size_t changes) {
  const Kept kept = data_of(file);
  if (kept == Kept::until) {
    const auto [entry, fresh] = until_.try_emplace(file, 0);
    if (fresh) entry->second = below(changes + 1);
    return entry->second;
  }
  if (kept != Kept::scattered) return some_of(kept, changes);
  if (below(kTornPages * (kPageBytes / kSectorBytes)) == 0) return below(changes + 1);
  const auto page = sector / (kPageBytes / kSectorBytes);
  const auto [entry, fresh] = pages_.try_emplace({file, page}, 0);
  if (fresh) entry->second = some_of(static_cast<Kept>(below(3)), changes);
  return entry->second;
}

std::string SeededCut::unwritten(std::size_t, std::size_t, std::size_t bytes) {
  std::string result(bytes, '\0');
  if (unwritten_ == Unwritten::junk) {
    std::generate(result.begin(), result.end(), [this] { return static_cast<char>(random_()); });
  } else if (unwritten_ == Unwritten::stale && stale_.size() > bytes) {
    result = stale_.substr(below(stale_.size() - bytes), bytes);
  }
  return result;
}

}  // namespace minidvr::power_cut
