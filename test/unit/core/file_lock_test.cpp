#include "core/file_lock.hpp"

#include "support/captured_stderr.hpp"
#include "support/result_text.hpp"
#include "support/temporary_folder.hpp"

#include <cerrno>
#include <filesystem>

#include <catch2/catch.hpp>

using namespace minidvr;

TEST_CASE("a file is changed by one at a time, and whoever hangs is waited for so long alone") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "new" / "small.json";
  {
    const auto lock = lock_for_change(file);
    REQUIRE(lock);
    CHECK(*lock);
    const auto second = lock_for_change(file, milliseconds(50));
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::unavailable);
  }
  CHECK(lock_for_change(file, milliseconds(50)));
  CHECK(std::filesystem::is_empty(file.parent_path()));
}

TEST_CASE("a file where nothing can be locked is changed all the same, and that is told") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "small.json";
  for (const int refusal : {ENOLCK, EOPNOTSUPP}) {
    const test::CapturedStderr captured;
    const auto lock = lock_for_change(file, kLongestLockWait, [&](int, int) {
      errno = refusal;
      return -1;
    });
    REQUIRE(lock);
    CHECK_FALSE(*lock);
    CHECK(test::count(captured.text(), folder.path().string() + " can not be locked") == 1);
  }
  // Nor does a folder that can not be made stand in the way of who says so.
  CHECK(lock_for_change(folder.write("file", "") / "small.json"));
}
