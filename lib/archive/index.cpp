#include "archive/index.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <unordered_map>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

struct Key {
  WallTime start;
  std::string_view name;
};

Key key_of(const Recording& recording) {
  return {recording.facts.start, recording.name};
}

bool earlier(const Key& a, const Key& b) {
  return a.start != b.start ? a.start < b.start : a.name < b.name;
}

constexpr char kBetween = '-';  // the parts of a cursor

std::int64_t in_microseconds(WallTime time) {
  return std::chrono::floor<microseconds>(time.time_since_epoch()).count();
}

std::string cursor_at(const Recording& recording) {
  return fmt::format("{}{}{}", in_microseconds(recording.facts.start), kBetween, recording.name);
}

Result<Key> parse_cursor(std::string_view cursor) {
  std::int64_t start = 0;
  const auto* end = cursor.data() + cursor.size();
  const auto parsed = std::from_chars(cursor.data(), end, start);
  constexpr auto kMost = std::chrono::duration_cast<microseconds>(WallTime::duration::max());
  if (parsed.ec != std::errc() || parsed.ptr == end || *parsed.ptr != kBetween || start < 0 ||
      start > kMost.count()) {
    return make_error(Errc::malformed,
                      "cursor: allowed is what the page before gave as its cursor, or none");
  }
  return Key{WallTime(microseconds(start)),
             cursor.substr(static_cast<std::size_t>(parsed.ptr - cursor.data()) + 1)};
}

}  // namespace

Index::Replaced Index::put(std::vector<Recording> recordings) {
  ++version_;
  std::unordered_map<std::string_view, const Recording*> by_name;
  for (const auto& recording : recordings) {
    by_name.emplace(recording.name, &recording);
    longest_ = std::max(longest_, recording.facts.length);
  }
  Replaced replaced;
  std::erase_if(recordings_, [&](const auto& known) {
    const auto now = by_name.find(known.name);
    if (now == by_name.end()) return false;
    if (known == *now->second) {
      replaced.same.insert(known.name);
    } else if (!known.being_written) {
      replaced.changed.insert(known.name);
    }
    return true;
  });
  const auto by_key = [](const Recording& a, const Recording& b) {
    return earlier(key_of(a), key_of(b));
  };
  std::sort(recordings.begin(), recordings.end(), by_key);
  // No more than is needed: there may be many, on a small machine.
  recordings_.reserve(recordings_.size() + recordings.size());
  const auto known = static_cast<std::ptrdiff_t>(recordings_.size());
  std::move(recordings.begin(), recordings.end(), std::back_inserter(recordings_));
  std::inplace_merge(recordings_.begin(), recordings_.begin() + known, recordings_.end(), by_key);
  return replaced;
}

std::vector<Recording>::const_iterator Index::position(std::string_view name) const {
  return std::find_if(recordings_.begin(), recordings_.end(),
                      [&](const auto& recording) { return recording.name == name; });
}

bool Index::remove(std::string_view name) {
  const auto at = position(name);
  if (at == recordings_.end()) return false;
  recordings_.erase(at);
  ++version_;
  return true;
}

std::size_t Index::keep(const std::function<bool(const Recording&)>& stays) {
  const auto removed =
      std::erase_if(recordings_, [&](const auto& recording) { return !stays(recording); });
  if (removed > 0) ++version_;
  return removed;
}

const Recording* Index::find(std::string_view name) const {
  const auto at = position(name);
  return at == recordings_.end() ? nullptr : &*at;
}

const Recording* Index::holding(WallTime time) const {
  constexpr milliseconds kRounding{1};
  constexpr std::int64_t kFramesBehind = 2;  // next to each other, as in gap_before()
  auto at = std::upper_bound(
      recordings_.begin(), recordings_.end(), time + kRounding,
      [](WallTime wanted, const Recording& one) { return wanted < one.facts.start; });
  while (at != recordings_.begin()) {
    --at;
    const FileFacts& facts = at->facts;
    const auto frames = std::max<std::int64_t>(facts.frames, 1);
    if (!facts.damaged && time < facts.end() + kFramesBehind * facts.length / frames) return &*at;
    // Even the longest one, of a single frame, would end before.
    if (facts.start + (1 + kFramesBehind) * longest_ < time) break;
  }
  return nullptr;
}

Index::Totals Index::totals() const {
  Totals totals;
  for (const auto& recording : recordings_) {
    if (recording.being_written || recording.facts.foreign) continue;
    ++totals.recordings;
    totals.bytes += recording.facts.stamp.bytes;
    if (recording.notes().is_protected) totals.protected_bytes += recording.facts.stamp.bytes;
    totals.length += recording.facts.length;
    if (!totals.oldest) totals.oldest = recording.facts.start;
  }
  return totals;
}

Result<Index::Page> Index::page(const Query& query) const {
  const auto before = [this](const Key& key) {
    return std::lower_bound(recordings_.begin(), recordings_.end(), key,
                            [](const auto& a, const Key& b) { return earlier(key_of(a), b); });
  };
  auto at = recordings_.end();
  if (query.to) at = before({*query.to, {}});
  if (!query.cursor.empty()) {
    const auto cursor = parse_cursor(query.cursor);
    if (!cursor) return cursor.error();
    at = std::min(at, before(*cursor));
  }
  Page page;
  while (at != recordings_.begin()) {
    --at;
    if (query.from && at->facts.start + longest_ <= *query.from) break;
    if (query.from && at->facts.end() <= *query.from) continue;
    if (page.recordings.size() == query.limit) {
      page.cursor = cursor_at(*page.recordings.back());
      break;
    }
    page.recordings.push_back(&*at);
  }
  return page;
}

microseconds Index::gap_before(const Recording& recording) const {
  const auto at =
      std::lower_bound(recordings_.begin(), recordings_.end(), key_of(recording),
                       [](const auto& a, const Key& b) { return earlier(key_of(a), b); });
  if (at == recordings_.begin()) return microseconds(0);
  const auto gap =
      std::chrono::floor<microseconds>(recording.facts.start - std::prev(at)->facts.end());
  const auto frames = std::max<std::uint32_t>(recording.facts.frames, 1);
  return gap <= 2 * recording.facts.length / frames ? microseconds(0) : gap;
}

std::vector<Index::Day> Index::days() const {
  std::vector<Day> days;
  for (const auto& recording : recordings_) {
    std::string date = iso8601(recording.facts.start).substr(0, 10);
    // The hours are in order, and so are the dates, but for a machine that travels.
    auto day = std::find_if(days.rbegin(), days.rend(),
                            [&](const auto& known) { return known.date <= date; });
    if (day == days.rend() || day->date != date) {
      day = std::make_reverse_iterator(days.insert(day.base(), Day{std::move(date)}) + 1);
    }
    ++day->recordings;
    day->length += recording.facts.length;
    day->bytes += recording.facts.stamp.bytes;
    day->marks += recording.notes().marks.size();
    if (recording.notes().is_protected) ++day->is_protected;
  }
  return days;
}

}  // namespace minidvr::archive
