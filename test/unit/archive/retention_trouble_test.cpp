// Files that do not go, and space that does not come back.

#include "unit/archive/retention_archive.hpp"

namespace minidvr::archive::retention_test {

TEST_CASE("a file that can not be deleted ends that pass, and the next gets past it") {
  Archive archive({.max_age_days = 0, .max_size = 150 * kMiB});
  archive.files = {ended("stuck", 3h), ended("b", 2h), ended("c", 1h, 50 * kMiB)};
  archive.stuck = {"stuck"};
  CHECK(archive.pass().empty());
  CHECK(archive.last.stopped == Stop::unlink_failed);
  CHECK(archive.tries == 1);
  CHECK(archive.pass() == Names{"b"});
  CHECK(archive.tries == 2);
  archive.files.push_back(ended("d", 0h));
  archive.stuck.clear();
  CHECK(archive.pass() == Names{"stuck"});  // the oldest is first again
  CHECK(archive.last.stopped == Stop::none);
}

TEST_CASE("when nothing but stuck files is left for a limit, the pass says so") {
  Archive archive({});
  archive.files = {ended("stuck", 8 * kDay)};
  archive.stuck = {"stuck"};
  for (int i = 0; i < 3; ++i) {
    CHECK(archive.pass().empty());
    CHECK(archive.last.stopped == Stop::unlink_failed);
  }
  // Another file of that name has not failed yet.
  archive.files[0].name = "other";
  archive.pass();
  archive.files = {ended("stuck", 8 * kDay), ended("b", 7 * kDay + 1h)};
  CHECK(archive.pass().empty());
}

TEST_CASE("on a disk that deletes nothing a pass does not try every file") {
  Archive archive({});
  for (int i = 0; i < 100; ++i) {
    archive.files.push_back(ended(std::to_string(i), 10 * kDay - i * 1min));
    archive.stuck.push_back(std::to_string(i));
  }
  for (unsigned i = 0; i < 50; ++i) {
    const unsigned before = archive.tries;
    archive.pass();
    CHECK(archive.tries - before == std::min(i, Retention::kRepeatedFailures) + 1);
  }
  archive.files.push_back(ended("fine", 9 * kDay));
  for (int i = 0; i < 49; ++i)
    CHECK(archive.pass().empty());
  archive.pass();
  CHECK(archive.pass() == Names{"fine"});
}

TEST_CASE("while the space of deleted files does not come back, min_free deletes no more") {
  Archive archive({.max_age_days = 0, .min_free = 60 * kGiB});
  constexpr int kFiles = 100;
  for (int i = 0; i < kFiles; ++i)
    archive.files.push_back(ended(std::to_string(i), 1000h - i * 10min));
  archive.snapshot = true;
  CHECK(archive.pass() == Names{"0"});
  CHECK(archive.last.stopped == Stop::space_not_returned);
  // One more after 1, 2, 4... minutes, three a day in the end.
  for (int minute = 1; minute < 24 * 60; ++minute)
    archive.pass();
  CHECK(archive.files.size() == kFiles - 11);
  for (int minute = 0; minute < 24 * 60; ++minute)
    archive.pass();
  CHECK(archive.files.size() == kFiles - 11 - 3);
}

TEST_CASE("other limits are kept while the space of deleted files does not come back") {
  Archive archive({.max_age_days = 7, .max_size = 450 * kMiB, .min_free = 60 * kGiB});
  for (int i = 0; i < 6; ++i)
    archive.files.push_back(ended(std::to_string(i), 3h - i * 10min));
  archive.snapshot = true;
  CHECK(archive.pass() == Names{"0", "1", "2"});  // two for max_size, one for min_free
  CHECK(archive.last.stopped == Stop::space_not_returned);
  CHECK(archive.pass() == Names{"3"});  // min_free is tried again, and rests longer
  archive.now += 7 * kDay - 2h - 15min;
  CHECK(archive.pass() == Names{"4"});  // by age
  CHECK(archive.last.stopped == Stop::space_not_returned);
}

TEST_CASE("one file that somebody holds open delays min_free by one pass") {
  Archive archive({.max_age_days = 0, .min_free = 10 * kGiB});
  archive.files = {ended("held", 3h), ended("b", 2h), ended("c", 1h), ended("d", 0h)};
  archive.held = {"held"};
  archive.free = 10 * kGiB - 150 * kMiB;
  CHECK(archive.pass() == Names{"held"});
  CHECK(archive.pass() == Names{"b", "c"});
  CHECK(archive.last.stopped == Stop::none);
}

TEST_CASE("space that comes back shortens the next rest again") {
  Archive archive({.max_age_days = 0, .min_free = 60 * kGiB});
  for (int i = 0; i < 20; ++i)
    archive.files.push_back(ended(std::to_string(i), 3h - i * 1min));
  archive.held = {"0", "1", "3", "4"};
  CHECK(archive.pass() == Names{"0"});
  CHECK(archive.pass() == Names{"1"});
  CHECK(archive.pass().empty());
  CHECK(archive.pass() == Names{"2", "3"});
  CHECK(archive.pass() == Names{"4"});
}

TEST_CASE("a disk that can not be asked for a moment has not become better") {
  Archive archive({.max_age_days = 0, .min_free = 60 * kGiB});
  for (int i = 0; i < 20; ++i)
    archive.files.push_back(ended(std::to_string(i), 3h - i * 1min));
  archive.snapshot = true;
  for (int i = 0; i < 2; ++i)
    archive.pass();
  auto facts = archive.facts();
  facts.disk.reset();
  CHECK_FALSE(archive.retention.next(facts).deletion);
  CHECK(archive.pass().empty());
}

TEST_CASE("space that comes back late is seen, also when as much was recorded meanwhile") {
  Archive archive({.max_age_days = 0, .min_free = 60 * kGiB});
  for (int i = 0; i < 100; ++i)
    archive.files.push_back(ended(std::to_string(i), 3h - i * 1min));
  archive.snapshot = true;
  std::uint64_t late = 0;
  for (int i = 0; i < 20; ++i) {
    archive.free += late;
    const auto gone = archive.pass();
    CHECK(gone.size() == 1);
    late = 100 * kMiB;
    archive.files.push_back(ended("new " + std::to_string(i), 0h));
    archive.free -= 100 * kMiB;
  }
}

TEST_CASE("a little space from elsewhere is no reason to go on deleting") {
  Archive archive({.max_age_days = 0, .min_free = 60 * kGiB});
  for (int i = 0; i < 20; ++i)
    archive.files.push_back(ended(std::to_string(i), 3h - i * 1min));
  archive.snapshot = true;
  for (int i = 0; i < 3; ++i)
    archive.pass();  // two files, and a rest of two passes
  CHECK(archive.files.size() == 18);
  archive.free += 49 * kMiB;
  CHECK(archive.pass() == Names{"2"});  // the rest is over
  archive.free += 49 * kMiB;
  CHECK(archive.pass().empty());
  archive.free += 1 * kMiB;
  CHECK(archive.pass() == Names{"3"});
  CHECK(archive.pass().empty());
}

TEST_CASE("small files are judged together, once they are large enough to tell") {
  Archive archive({.max_age_days = 0, .min_free = 60 * kGiB});
  for (int i = 0; i < 100; ++i) {
    archive.files.push_back(ended(std::to_string(i), 3h - i * 1min, kMiB));
  }
  archive.snapshot = true;
  CHECK(archive.pass().size() == 16);
  CHECK(archive.last.stopped == Stop::space_not_returned);
}

TEST_CASE("once min_free was kept, trouble with the disk is forgotten") {
  Archive archive({.max_age_days = 0, .min_free = 50 * kGiB});
  for (int i = 0; i < 20; ++i)
    archive.files.push_back(ended(std::to_string(i), 3h - i * 1min));
  archive.snapshot = true;
  archive.free -= 1;
  for (int i = 0; i < 8; ++i)
    archive.pass();
  CHECK(archive.pass().empty());
  archive.free += 1;
  CHECK(archive.pass().empty());
  archive.free -= 1;
  CHECK(archive.pass().size() == 1);
  CHECK(archive.pass().size() == 1);
}

}  // namespace minidvr::archive::retention_test
