#include "recording/disk_space.hpp"

#include "core/file.hpp"
#include "recording/folder_on_disk.hpp"
#include "support/result_text.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>

using namespace minidvr;
namespace fs = std::filesystem;

TEST_CASE("a folder that is not there yet has the free space of where it will be made") {
  const test::TemporaryFolder folder;
  const auto there = recording::disk_space(folder.path());
  const auto missing = recording::disk_space(folder.path() / "recordings" / "deeper");
  REQUIRE(there);
  REQUIRE(missing);
  CHECK(missing->is_known());
  CHECK(missing->total == there->total);
}

TEST_CASE("only FAT is known to end a file before its disk ends") {
  struct statfs info {};
  info.f_type = MSDOS_SUPER_MAGIC;
  CHECK(recording::largest_file_of(info) == 4'294'967'295U);
  info.f_type = EXT4_SUPER_MAGIC;
  CHECK(recording::largest_file_of(info) == recording::kAnySize);
}

TEST_CASE("a folder that is there and can not be reached has no free space of another one") {
  const test::TemporaryFolder folder;
  const fs::path loop = folder.path() / "loop";
  fs::create_symlink(loop, loop);
  for (const auto& path : {loop, loop / "below"}) {
    CAPTURE(path.string());
    const auto space = recording::disk_space(path);
    REQUIRE_FALSE(space);
    CHECK(space.error().detail == "cannot ask for the free space of " + path.string() +
                                      ": Too many levels of symbolic links");
  }
  const FileDescriptor disk(::open(folder.path().c_str(), recording::kDirectoryFlags));
  REQUIRE(disk);
  CHECK(recording::is_on_disk_of(disk.get(), folder.path() / "missing" / "file"));
  CHECK_FALSE(recording::is_on_disk_of(disk.get(), loop / "file"));
}
