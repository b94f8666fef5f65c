#include "unit/archive/retention_archive.hpp"

#include <limits>

namespace minidvr::archive::retention_test {

TEST_CASE("a recording goes once its end is longer ago than max_age_days") {
  Archive archive({});
  archive.files = {ended("older", 7 * kDay + 1us), ended("exactly", 7 * kDay),
                   ended("began earlier", 7 * kDay - 1us)};
  CHECK(archive.pass() == Names{"older"});
  CHECK(archive.last.stopped == Stop::none);
  archive.now += 2us;
  CHECK(archive.pass() == Names{"exactly", "began earlier"});
}

TEST_CASE("nothing goes by age without that limit, with an unset clock, or from the future") {
  Archive unlimited({.max_age_days = 0});
  unlimited.files = {ended("old", 9999 * kDay)};
  CHECK(unlimited.pass().empty());

  Archive unset({});
  unset.files = {ended("old", 9999 * kDay)};
  unset.clock_set = false;
  CHECK(unset.pass().empty());

  Archive future({});
  future.files = {ended("future", -9999 * kDay)};
  CHECK(future.pass().empty());
}

TEST_CASE("what a clock that was ahead recorded goes first for space, and by its file's age") {
  Archive archive({.max_age_days = 7, .max_size = 250 * kMiB});
  archive.files = {ended("today", 1h), ended("2030", -1500 * kDay), ended("yesterday", kDay)};
  archive.files[1].changed = kToday - 2h;
  CHECK(archive.pass() == Names{"2030"});
  archive.files.push_back(ended("2031", -1800 * kDay, 10 * kMiB));
  archive.files.back().changed = kToday - 8 * kDay;
  CHECK(archive.pass() == Names{"2031"});
  // A zone may be wrong.
  archive.files.push_back(ended("tomorrow", -20h));
  CHECK(archive.pass() == Names{"yesterday"});
  // Who knows no time knows no future.
  archive.clock_set = false;
  archive.files.push_back(ended("2032", -2000 * kDay));
  CHECK(archive.pass() == Names{"today"});
}

TEST_CASE("what a clock recorded that was not right is as old as it is known, and in its order") {
  Archive archive({.max_age_days = 7, .max_size = 450 * kMiB});
  archive.files = {ended("second", 30 * kDay), ended("first", 31 * kDay), ended("right", 2 * kDay)};
  archive.files[0].known_since = archive.files[1].known_since = kToday - kDay;
  CHECK(archive.pass().empty());
  archive.files.push_back(ended("today", 1h));
  archive.files.push_back(ended("now", 0h));
  CHECK(archive.pass() == Names{"right"});
  archive.files.push_back(ended("more", 0h));
  CHECK(archive.pass() == Names{"first"});
  archive.now += 6 * kDay + 1h;
  CHECK(archive.pass() == Names{"second"});
}

TEST_CASE("what a clock records that is behind is the newest all the same") {
  Archive archive({.max_age_days = 7, .max_size = 150 * kMiB});
  archive.clock_set = false;
  archive.files = {ended("now", 30 * kDay), ended("older", -30 * kDay)};
  archive.files[0].known_since = WallTime::max();
  CHECK(archive.pass() == Names{"older"});
  archive.clock_set = true;
  CHECK(archive.pass().empty());
}

TEST_CASE("what would go for its age by a clock that is doubted is told, and stays") {
  Archive archive({});
  archive.files = {ended("young", kDay), ended("old", 8 * kDay)};
  archive.clock_set = false;
  CHECK(archive.pass().empty());
  CHECK(archive.last.stopped == Stop::none);
  archive.clock_doubted = true;
  CHECK(archive.pass().empty());
  CHECK(archive.last.stopped == Stop::clock_doubted);
  // Also where nobody can say yet how old it is.
  archive.files.back().known_since = WallTime::max();
  CHECK(archive.pass().empty());
  CHECK(archive.last.stopped == Stop::clock_doubted);
  archive.files.back().known_since = kToday - 6 * kDay;
  CHECK(archive.pass().empty());
  CHECK(archive.last.stopped == Stop::none);
  archive.files.pop_back();
  CHECK(archive.pass().empty());
  CHECK(archive.last.stopped == Stop::none);
}

TEST_CASE("the oldest go until what is left, with what is being written, fits into max_size") {
  Archive archive({.max_age_days = 0, .max_size = 250 * kMiB});
  archive.clock_set = false;
  archive.files = {ended("b", 2h), ended("written now", 0h, 50 * kMiB), ended("a", 3h),
                   ended("c", 1h)};
  archive.files[1].being_written = true;
  CHECK(archive.pass() == Names{"a"});
  archive.files[0].bytes += 1;
  REQUIRE(archive.retention.next(archive.facts()).deletion ==
          Retention::Deletion{"b", Limit::size});
}

TEST_CASE("the oldest go until min_free is free") {
  Archive archive({.max_age_days = 0, .min_free = 10 * kGiB});
  archive.files = {ended("c", 1h), ended("a", 3h), ended("b", 2h)};
  archive.free = 10 * kGiB - 150 * kMiB;
  CHECK(archive.pass() == Names{"a", "b"});
  archive.free = 10 * kGiB;
  CHECK(archive.pass().empty());
}

TEST_CASE("the larger of 1 GiB and 3 % of the disk is kept free unless told otherwise") {
  CHECK(Retention::default_min_free(0) == kGiB);
  CHECK(Retention::default_min_free(30 * kGiB) == kGiB);
  CHECK(Retention::default_min_free(100 * kGiB) == 3 * kGiB);
  CHECK(Retention::default_min_free(std::numeric_limits<std::uint64_t>::max()) ==
        553402322211286548);
  Archive archive({.max_age_days = 0});
  archive.files = {ended("a", 1h)};
  archive.free = 3 * kGiB;
  CHECK(archive.pass().empty());
  archive.free -= 1;
  CHECK(archive.pass() == Names{"a"});
  Archive none({.max_age_days = 0, .min_free = 0});
  none.files = {ended("a", 1h)};
  none.free = 0;
  CHECK(none.pass().empty());
  CHECK(none.last.shortages.empty());
}

TEST_CASE("a disk that takes hardly a further file is short, where any are deleted for its sake") {
  const auto is_short = [](std::uint64_t min_free, std::uint64_t files) {
    const Retention retention({.max_age_days = 0, .min_free = min_free});
    return retention.is_short({kGiB, 2 * kGiB, files});
  };
  CHECK_FALSE(is_short(1, Retention::kFewestFiles));
  CHECK(is_short(1, Retention::kFewestFiles - 1));
  CHECK_FALSE(is_short(0, 0));
  CHECK(is_short(kGiB + 1, Retention::kFewestFiles));
}

TEST_CASE("what is being read goes an hour later than others, for its age and for its space") {
  Archive old({});
  old.files = {ended("read", 7 * kDay + 1h), ended("other", 7 * kDay + 1us)};
  old.files[0].in_use = true;
  CHECK(old.pass() == Names{"other"});
  old.now += 1us;
  CHECK(old.pass() == Names{"read"});

  // However much of it is read: the newest do not go for it.
  Archive large({.max_age_days = 0, .max_size = 150 * kMiB});
  large.files = {ended("newest", 0h), ended("read, too", 90min), ended("other", 60min),
                 ended("read", 3h)};
  large.files[1].in_use = large.files[3].in_use = true;
  CHECK(large.pass() == Names{"read", "other", "read, too"});
  CHECK(large.last.shortages.empty());

  Archive full({.max_age_days = 0, .min_free = 10 * kGiB});
  full.files = {ended("second", 2h), ended("first", 3h)};
  for (auto& file : full.files)
    file.in_use = true;
  full.free = 10 * kGiB - 1;
  CHECK(full.pass() == Names{"first"});
  CHECK(full.last.shortages.empty());
}

TEST_CASE("what is protected or being written never goes, whatever is exceeded") {
  Archive archive({.max_age_days = 1, .max_size = 1, .min_free = 60 * kGiB});
  archive.files = {ended("protected", 90 * kDay), ended("written", 80 * kDay)};
  archive.files[0].is_protected = true;
  archive.files[0].being_written = true;
  archive.files[1].being_written = true;
  CHECK(archive.pass().empty());
  CHECK(archive.last.stopped == Stop::none);
  REQUIRE(archive.last.shortages.size() == 2);
  CHECK(archive.last.shortages[0] ==
        Retention::Shortage{Limit::size, 1, 200 * kMiB, 100 * kMiB, 100 * kMiB, false});
  CHECK(archive.last.shortages[1] ==
        Retention::Shortage{Limit::free, 60 * kGiB, 50 * kGiB, 100 * kMiB, 100 * kMiB, false});
}

TEST_CASE("a warning comes as soon as protected files leave too little to delete, and says why") {
  Archive archive({.max_age_days = 0, .min_free = 2 * kGiB});
  archive.files = {ended("protected", 3h, 90 * kGiB), ended("free to go", 2h, kGiB)};
  archive.files[0].is_protected = true;
  archive.free = kGiB;
  archive.retention.begin_pass(archive.files);
  CHECK(archive.retention.next(archive.facts()).shortages.empty());
  archive.free -= 1;
  const auto step = archive.retention.next(archive.facts());
  CHECK(step.deletion->name == "free to go");
  REQUIRE(step.shortages.size() == 1);
  CHECK(describe(step.shortages[0]) ==
        "at most 2.0 GiB can be free, less than min_free (2.0 GiB): 90.0 GiB are protected, 0 MiB "
        "are in use, the rest is no recording");
  CHECK(
      describe(Retention::Shortage{Limit::size, kGiB, 2 * kGiB, kGiB, kGiB}) ==
      "recordings that may not be deleted take 2.0 GiB, more than max_size (1.0 GiB): 1.0 GiB are "
      "protected, 1.0 GiB are in use");
}

TEST_CASE("what just fits is no shortage") {
  Archive archive({.max_size = 100 * kMiB, .min_free = 0});
  archive.files = {ended("protected", 1h)};
  archive.files[0].is_protected = true;
  auto facts = archive.facts();
  facts.disk = recording::DiskSpace{0, 0};
  CHECK(archive.retention.next(facts).shortages.empty());
  archive.files[0].bytes += 1;
  CHECK(archive.retention.next(facts).shortages.size() == 1);
}

TEST_CASE("sizes that are too large for a sum still exceed a limit") {
  Archive archive({.max_age_days = 0, .max_size = kGiB});
  const auto most = std::numeric_limits<std::uint64_t>::max();
  archive.files = {ended("a", 2h, most), ended("b", 1h, 2)};
  CHECK(archive.retention.next(archive.facts()).deletion == Retention::Deletion{"a", Limit::size});
}

TEST_CASE("for a min_free that the disk does not have nothing is deleted") {
  Archive archive({.max_age_days = 0, .min_free = 100 * kGiB});
  archive.files = {ended("a", 1h)};
  CHECK(archive.pass().empty());
  REQUIRE(archive.last.shortages.size() == 1);
  CHECK(describe(archive.last.shortages[0]) ==
        "min_free (100.0 GiB) is not less than the disk, nothing is deleted for it");
}

TEST_CASE("a disk that can not be asked does not keep the other limits from being kept") {
  Archive archive({.max_size = 100 * kMiB});
  archive.files = {ended("old", 8 * kDay), ended("a", 2h), ended("b", 1h)};
  archive.retention.begin_pass(archive.files);
  auto facts = archive.facts();
  facts.disk.reset();
  CHECK(archive.retention.next(facts).deletion == Retention::Deletion{"old", Limit::age});
  facts.files = facts.files.subspan(1);
  CHECK(archive.retention.next(facts).deletion == Retention::Deletion{"a", Limit::size});
  facts.files = facts.files.subspan(1);
  const auto step = archive.retention.next(facts);
  CHECK_FALSE(step.deletion);
  CHECK(step.shortages.empty());
}

TEST_CASE("a damaged file goes by its place in time, an empty one by age only") {
  Archive archive({.max_size = 150 * kMiB});
  archive.files = {ended("b", 1h), ended("empty", 3h, 0), ended("damaged", 2h)};
  archive.files[1].length = 0s;
  archive.files[2].length = 0s;
  CHECK(archive.pass() == Names{"damaged"});
  archive.now += 7 * kDay;
  CHECK(archive.pass() == Names{"empty", "b"});
}

}  // namespace minidvr::archive::retention_test
