#include "core/file.hpp"

#include "unit/support/run_task.hpp"

#include <cerrno>
#include <cstdlib>

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace minidvr;
namespace fs = std::filesystem;

TEST_CASE("a file is replaced whole, its folder is made, and nothing else is left there") {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "a" / "b" / "state.json";
  REQUIRE(write_file_atomically(path, "one"));
  REQUIRE(write_file_atomically(path, "two"));
  CHECK(fs::status(path).permissions() == fs::perms(0644));
  CHECK(*read_file(path, 100) == "two");
  CHECK(std::distance(fs::directory_iterator(path.parent_path()), fs::directory_iterator()) == 1);
  REQUIRE(write_file_atomically(path, "secret", {.mode = 0600, .keep_owner = true}));
  CHECK(fs::status(path).permissions() == fs::perms(0600));
}

TEST_CASE("what root writes is for who owns the folder, and instead of root for who is named") {
  if (::geteuid() != 0) return;
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "secret";
  const auto owner_after = [&](std::optional<uid_t> instead_of_root) {
    REQUIRE(write_file_atomically(
        path, "x", {.mode = 0600, .keep_owner = true, .instead_of_root = instead_of_root}));
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_uid;
  };
  constexpr uid_t kService = 65533;
  constexpr uid_t kSomebody = 65534;
  CHECK(owner_after(std::nullopt) == 0);
  CHECK(owner_after(kService) == kService);  // also what was root's before
  CHECK(owner_after(std::nullopt) == kService);
  REQUIRE(::chown(folder.path().c_str(), kSomebody, kSomebody) == 0);
  fs::remove(path);
  CHECK(owner_after(kService) == kSomebody);
}

TEST_CASE("a file larger than expected is refused, a missing one is told apart") {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "x";
  REQUIRE(write_file_atomically(path, std::string(1000, 'x')));
  CHECK(read_file(path, 999).error().code == Errc::too_large);
  CHECK(read_file(path, 1000));
  CHECK(read_file(folder.path() / "y", 1).error().code == Errc::not_found);
}

TEST_CASE("a rename never takes the place of another file") {
  test::TemporaryFolder folder;
  REQUIRE(write_file_atomically(folder.path() / "a", "a"));
  REQUIRE(write_file_atomically(folder.path() / "b", "b"));
  CHECK(rename_without_replacing(folder.path() / "a", folder.path() / "b").error().code ==
        Errc::wrong_state);
  CHECK(rename_without_replacing(folder.path() / "a", folder.path() / "c"));
  CHECK(*read_file(folder.path() / "b", 10) == "b");
  CHECK(*read_file(folder.path() / "c", 10) == "a");
}

TEST_CASE("a folder that is read only to a service may be so by its unit alone, which is told") {
  const auto told = [](int number) { return cannot_write_to("/data/rec", number).detail; };
  ::unsetenv("NOTIFY_SOCKET");
  CHECK(told(EROFS) == "cannot write to /data/rec: Read-only file system");
  ::setenv("NOTIFY_SOCKET", "/none", 1);
  const auto of_service = told(EROFS);
  const auto of_rights = told(EACCES);
  ::unsetenv("NOTIFY_SOCKET");
  CHECK(of_service.find("not allowed by the unit") != std::string::npos);
  CHECK(of_rights == "cannot write to /data/rec: Permission denied");
}
