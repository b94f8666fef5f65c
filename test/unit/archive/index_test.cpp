#include "archive/index.hpp"

#include "support/result_text.hpp"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;
using namespace std::chrono_literals;

namespace {

const WallTime kNoon = std::chrono::system_clock::from_time_t(1'795'003'200);

// Number n begins n times ten minutes after noon, and lasts ten minutes.
Recording numbered(int number, microseconds length = 10min) {
  Recording recording;
  recording.facts.start = kNoon + number * 10min;
  recording.name = file_stamp(recording.facts.start) + ".mp4";
  recording.facts.length = length;
  recording.facts.frames = 18'000;
  recording.facts.stamp.bytes = 1000;
  return recording;
}

Index index_of(int count) {
  std::vector<Recording> recordings;
  for (int i = 0; i < count; ++i)
    recordings.push_back(numbered(i));
  Index index;
  index.put(std::move(recordings));
  return index;
}

std::vector<std::string> names_of(const Index::Page& page) {
  std::vector<std::string> names;
  for (const auto* recording : page.recordings)
    names.push_back(recording->name);
  return names;
}

std::vector<std::string> newest_first(int last, int first) {
  std::vector<std::string> names;
  for (int i = last; i >= first; --i)
    names.push_back(numbered(i).name);
  return names;
}

Index::Page page_of(const Index& index, const Index::Query& query) {
  const auto page = index.page(query);
  REQUIRE(page);
  return *page;
}

}  // namespace

TEST_CASE("recordings are listed newest first, page by page, each once") {
  const Index index = index_of(10);
  Index::Query query;
  query.limit = 4;
  auto page = page_of(index, query);
  CHECK(names_of(page) == newest_first(9, 6));
  query.cursor = page.cursor;
  page = page_of(index, query);
  CHECK(names_of(page) == newest_first(5, 2));
  query.cursor = page.cursor;
  page = page_of(index, query);
  CHECK(names_of(page) == newest_first(1, 0));
  CHECK(page.cursor.empty());
  CHECK(page_of(Index(), {}).recordings.empty());
}

TEST_CASE("a last page that is just full is the last") {
  Index::Query query;
  query.limit = 10;
  CHECK(page_of(index_of(10), query).cursor.empty());
}

TEST_CASE("a cursor stays right while recordings come and go") {
  Index index = index_of(10);
  Index::Query query;
  query.limit = 4;
  query.cursor = page_of(index, query).cursor;
  index.put({numbered(10), numbered(11)});
  index.remove(numbered(6).name);  // the last one of that page
  index.remove(numbered(4).name);
  CHECK(names_of(page_of(index, query)) ==
        std::vector{numbered(5).name, numbered(3).name, numbered(2).name, numbered(1).name});
}

TEST_CASE("what is no cursor is refused") {
  for (const auto* cursor : {"x", "1", "-", "-1-x", "99999999999999999999-x",
                             "9999999999999999999-x", "1795003200000000"}) {
    CAPTURE(cursor);
    Index::Query query;
    query.cursor = cursor;
    CHECK(index_of(3).page(query).error().code == Errc::malformed);
  }
}

TEST_CASE("a stretch of time has the recordings that show something of it") {
  const Index index = index_of(10);
  const auto found = [&](WallTime from, WallTime to) {
    Index::Query query;
    query.from = from;
    query.to = to;
    return names_of(page_of(index, query));
  };
  CHECK(found(kNoon + 25min, kNoon + 45min) == newest_first(4, 2));
  // What ends where it begins, or begins where it ends, shows nothing of it.
  CHECK(found(kNoon + 20min, kNoon + 40min) == newest_first(3, 2));
  CHECK(found(kNoon + 25min, kNoon + 26min) == newest_first(2, 2));
  CHECK(found(kNoon - 2h, kNoon).empty());
  CHECK(found(kNoon + 100min, kNoon + 200min).empty());
  CHECK(found(kNoon + 45min, kNoon + 25min).empty());
}

TEST_CASE("a long recording is found by its end, behind shorter ones") {
  Index index = index_of(3);
  index.put({numbered(-100, 24h)});
  Index::Query query;
  query.from = kNoon + 5min;
  CHECK(names_of(page_of(index, query)).back() == numbered(-100).name);
}

TEST_CASE("what is put again is replaced, also at another time") {
  Index index = index_of(3);
  Recording changed = numbered(1);
  changed.facts.start += 1h;
  changed.set_notes({false, "x", {}});
  index.put({changed});
  CHECK(index.all().size() == 3);
  REQUIRE(index.find(changed.name));
  CHECK(*index.find(changed.name) == changed);
  CHECK(index.all().back() == changed);
  CHECK(index.find("x") == nullptr);
  CHECK_FALSE(index.remove("x"));
  CHECK(index.remove(changed.name));
  CHECK(index.find(changed.name) == nullptr);
}

TEST_CASE("a gap is time that nothing shows") {
  Index index = index_of(2);
  index.put({numbered(5)});
  CHECK(index.gap_before(index.all()[0]) == 0s);
  CHECK(index.gap_before(index.all()[1]) == 0s);
  CHECK(index.gap_before(index.all()[2]) == 30min);
  // Frames do not come to the microsecond: one interval more or less is none.
  Recording late = numbered(6);
  late.facts.start += 50ms;
  index.put({late});
  CHECK(index.gap_before(index.all()[3]) == 0s);
  late.facts.start += 50ms;
  index.put({late});
  CHECK(index.gap_before(index.all()[3]) == 100ms);
  // Clocks are set back.
  Recording within = numbered(6);
  within.facts.start -= 5min;
  within.name = "20261124_000000.mp4";
  index.put({within});
  CHECK(index.gap_before(*index.find(within.name)) == 0s);
}

TEST_CASE("a time is found in the recording that shows it") {
  Index index = index_of(3);
  index.put({numbered(10), numbered(12, 1min)});
  const auto holds = [&](WallTime time) {
    const auto* found = index.holding(time);
    return found == nullptr ? std::string() : found->name;
  };
  CHECK(holds(kNoon) == numbered(0).name);
  CHECK(holds(kNoon - 1ms) == numbered(0).name);
  CHECK(holds(kNoon - 2ms).empty());
  CHECK(holds(kNoon + 10min - 2ms) == numbered(0).name);
  CHECK(holds(kNoon + 10min) == numbered(1).name);
  CHECK(holds(kNoon + 30min + 60ms) == numbered(2).name);  // within two frames
  CHECK(holds(kNoon + 30min + 70ms).empty());
  CHECK(holds(kNoon + 99min).empty());
  CHECK(holds(kNoon + 105min) == numbered(10).name);
  CHECK(holds(kNoon + 122min).empty());
  // The clock was set back: both were there, the later one counts.
  Recording within = numbered(1, 1min);
  within.name = "20261124_000000.mp4";
  within.facts.start += 1min;
  index.put({within});
  CHECK(holds(kNoon + 11min + 30s) == within.name);
  CHECK(holds(kNoon + 13min) == numbered(1).name);
  // What can not be shown holds nothing.
  Recording damaged = numbered(2);
  damaged.facts = {damaged.facts.stamp, damaged.facts.start + 5min, 0s, 0, 0, 0, true};
  damaged.name = "20261124_000001.mp4";
  index.put({damaged});
  CHECK(holds(damaged.facts.start) == numbered(2).name);
}

TEST_CASE("all together tell what is complete, and every change is another version") {
  Index index = index_of(3);
  Recording written = numbered(3);
  written.being_written = true;
  const auto before = index.version();
  index.put({written});
  CHECK(index.version() != before);
  Recording is_protected = numbered(1);
  is_protected.set_notes({true, {}, {}});
  CHECK(index.put({is_protected, numbered(3), numbered(4)}).changed ==
        std::set<std::string>{is_protected.name});
  index.remove(numbered(4).name);
  const auto version = index.version();
  index.keep([](const Recording&) { return true; });
  CHECK(index.version() == version);
  index.keep([](const Recording& one) { return one.name != numbered(3).name; });
  CHECK(index.version() != version);
  const auto totals = index.totals();
  CHECK(totals.recordings == 3);
  CHECK(totals.bytes == 3000);
  CHECK(totals.protected_bytes == 1000);
  CHECK(totals.length == 30min);
  CHECK(totals.oldest == kNoon);
  CHECK_FALSE(Index().totals().oldest.has_value());
}

TEST_CASE("days tell what there is of each") {
  Index index;
  std::vector<Recording> recordings;
  for (int i = 0; i < 300; ++i)
    recordings.push_back(numbered(i));
  recordings[7].set_notes({true, {}, {{"1", kNoon, ""}, {"2", kNoon, ""}}});
  index.put(recordings);
  const auto days = index.days();
  REQUIRE(days.size() >= 3);
  std::size_t count = 0;
  std::size_t marks = 0;
  std::size_t is_protected = 0;
  std::uint64_t bytes = 0;
  microseconds length{0};
  for (std::size_t i = 0; i < days.size(); ++i) {
    if (i > 0) CHECK(days[i - 1].date < days[i].date);
    count += days[i].recordings;
    marks += days[i].marks;
    is_protected += days[i].is_protected;
    bytes += days[i].bytes;
    length += days[i].length;
  }
  CHECK(count == 300);
  CHECK(marks == 2);
  CHECK(is_protected == 1);
  CHECK(bytes == 300'000);
  CHECK(length == 3000min);
  CHECK(days[0].date == iso8601(kNoon).substr(0, 10));
  CHECK(days[1].recordings == 144);
}

TEST_CASE("an index is what was put and not removed, whatever the order", "[property]") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Index index;
    std::vector<int> there;
    for (int step = 0; step < 40; ++step) {
      const int number = static_cast<int>(random() % 30);
      if (random() % 3 == 0) {
        const bool was_there = std::erase(there, number) > 0;
        REQUIRE(index.remove(numbered(number).name) == was_there);
      } else {
        std::erase(there, number);
        there.push_back(number);
        index.put({numbered(number)});
      }
    }
    std::sort(there.rbegin(), there.rend());
    std::vector<std::string> expected;
    for (const int number : there)
      expected.push_back(numbered(number).name);
    std::vector<std::string> listed;
    Index::Query query;
    query.limit = 1 + random() % 7;
    do {
      const auto page = page_of(index, query);
      const auto names = names_of(page);
      listed.insert(listed.end(), names.begin(), names.end());
      query.cursor = page.cursor;
    } while (!query.cursor.empty());
    REQUIRE(listed == expected);
  }
}
