#include "recording/folder_lock.hpp"

#include "support/captured_stderr.hpp"
#include "support/temporary_folder.hpp"

#include <cerrno>
#include <filesystem>

#include <catch2/catch.hpp>

#include <sys/file.h>

using namespace minidvr;
using recording::FolderLock;
using test::TemporaryFolder;
namespace fs = std::filesystem;

TEST_CASE("one folder is recorded to by one program") {
  const TemporaryFolder folder;
  FolderLock ours(folder.path());
  CHECK(ours.try_lock());
  CHECK(ours.try_lock());
  {
    FolderLock theirs(folder.path());
    const auto refused = theirs.try_lock();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::wrong_state);
    CHECK(refused.error().detail == "another mini-dvr records to " + folder.path().string());
  }
  CHECK(ours.try_lock());
}

TEST_CASE("a lock that its holder lets go of is had at the next try") {
  const TemporaryFolder folder;
  FolderLock ours(folder.path());
  {
    FolderLock theirs(folder.path());
    REQUIRE(theirs.try_lock());
    CHECK_FALSE(ours.try_lock());
  }
  CHECK(ours.try_lock());
}

TEST_CASE("a folder that appears later is locked when it is there") {
  const TemporaryFolder folder;
  const fs::path mount_point = folder.write("disk", "not a folder yet");
  FolderLock ours(mount_point);
  const auto missing = ours.try_lock();
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::unavailable);
  fs::remove(mount_point);
  fs::create_directory(mount_point);
  CHECK(ours.try_lock());
  FolderLock theirs(mount_point);
  CHECK(theirs.try_lock().error().code == Errc::wrong_state);
}

TEST_CASE("another folder in the place of the locked one is locked anew") {
  const TemporaryFolder folder;
  const fs::path recordings = folder.path() / "recordings";
  FolderLock ours(recordings);
  REQUIRE(ours.try_lock());
  fs::rename(recordings, folder.path() / "moved");
  FolderLock theirs(recordings);
  REQUIRE(theirs.try_lock());
  CHECK(ours.try_lock().error().code == Errc::wrong_state);
}

TEST_CASE("a lock call that a signal interrupts is made again") {
  const TemporaryFolder folder;
  int calls = 0;
  FolderLock ours(folder.path(), [&](int fd, int operation) {
    if (++calls < 3) {
      errno = EINTR;
      return -1;
    }
    return ::flock(fd, operation);
  });
  CHECK(ours.try_lock());
  CHECK(calls == 3);
}

TEST_CASE("a file system without locks is recorded to all the same, with one warning") {
  const TemporaryFolder folder;
  const int number = GENERATE(ENOLCK, EOPNOTSUPP, ENOSYS);
  const test::CapturedStderr captured;
  FolderLock ours(folder.path(), [number](int, int) {
    errno = number;
    return -1;
  });
  CHECK(ours.try_lock());
  fs::remove_all(folder.path() / ".partial");
  CHECK(ours.try_lock());
  CHECK(test::count(captured.text(), "can not be locked") == 1);
}
