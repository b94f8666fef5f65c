#include "archive/read_retries.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;
using namespace std::chrono_literals;

namespace {

const ArchiveFolder::Known kFailing{"20261124_101000.mp4", {100, 1}, {10, 1}, 1, 1};
const std::vector<std::string> kItsName{kFailing.name};

}  // namespace

TEST_CASE("what the disk does not give is asked for ever more seldom, and never less than hourly") {
  ReadRetries retries;
  SteadyTime now{};
  retries.failed(kFailing.name, now);
  for (const auto pause : {30s, 60s, 120s, 240s, 480s, 960s, 1920s, 3600s, 3600s}) {
    CAPTURE(pause.count());
    CHECK_FALSE(retries.any_due(now + pause - 1ms));
    CHECK(retries.due({kFailing}, now + pause - 1ms).empty());
    now += pause;
    CHECK(retries.any_due(now));
    CHECK(retries.due({kFailing}, now) == kItsName);
    retries.failed(kFailing.name, now);
  }
}

TEST_CASE(
    "a file that was replaced, or may be read now, is read at once, and its pauses begin anew") {
  ReadRetries retries;
  SteadyTime now{};
  retries.failed(kFailing.name, now);
  CHECK(retries.due({kFailing}, now).empty());
  now += 30s;
  retries.failed(kFailing.name, now);
  auto replaced = kFailing;
  SECTION("the recording") {
    replaced.stamp.modified = 2;
  }
  SECTION("its notes") {
    replaced.notes_stamp.bytes = 11;
  }
  SECTION("its rights") {
    replaced.status_changed = 2;
  }
  SECTION("the rights of its notes") {
    replaced.notes_status_changed = 2;
  }
  CHECK(retries.due({replaced}, now) == kItsName);
  retries.failed(kFailing.name, now);
  CHECK(retries.due({replaced}, now + 29s).empty());
  CHECK(retries.due({replaced}, now + 30s) == kItsName);
}

TEST_CASE("that the disk does not say how a file is makes it no other one") {
  ReadRetries retries;
  SteadyTime now{};
  retries.failed(kFailing.name, now);
  auto unknown = kFailing;
  unknown.stamp.modified = FileStamp::kNotRead;
  unknown.status_changed = 0;
  CHECK(retries.due({kFailing}, now).empty());
  CHECK(retries.due({unknown}, now).empty());
}

TEST_CASE("what was read at last, or is gone, is forgotten") {
  ReadRetries retries;
  const SteadyTime now{};
  retries.failed(kFailing.name, now);
  CHECK(retries.due({}, now).empty());
  CHECK_FALSE(retries.any_due(now + 1h));
}
