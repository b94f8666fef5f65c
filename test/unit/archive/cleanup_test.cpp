#include "archive/cleanup.hpp"

#include "archive/archive_folder.hpp"
#include "archive/recording_name.hpp"
#include "unit/archive/recording_files.hpp"
#include "unit/support/run_task.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;
using namespace minidvr::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct CleanedFolder {
  std::string add(int days) {
    const auto start = std::chrono::system_clock::now() - days * 24h;
    std::string name = file_stamp(start) + ".mp4";
    write_recording(disk.path(), name, start);
    return name;
  }
  bool clean(Retention::Limits limits, bool dry_run = false) {
    told.clear();
    complaints.clear();
    return clean_up({disk.path(), limits, dry_run},
                    {[this](const std::string& line) { told.push_back(line); },
                     [this](const std::string& line) { complaints.push_back(line); }});
  }
  bool has(const std::string& name) const { return fs::exists(disk.path() / name); }

  TemporaryFolder disk;
  std::vector<std::string> told;
  std::vector<std::string> complaints;
};

}  // namespace

TEST_CASE("cleanup deletes what is too old, and a dry run tells the same and deletes nothing") {
  CleanedFolder folder;
  const auto oldest = folder.add(9);
  const auto old = folder.add(8);
  const auto young = folder.add(6);
  const auto is_protected = folder.add(10);
  REQUIRE(ArchiveFolder(folder.disk.path()).save_notes(is_protected, {true, "", {}}));
  REQUIRE(ArchiveFolder(folder.disk.path()).save_notes(old, {false, "x", {}}));
  folder.disk.write("holiday.mp4", "mine");
  const auto names = [](const std::vector<std::string>& lines) {
    std::vector<std::string> words;
    for (const auto& line : lines) {
      const auto begin = line.find("2");
      words.push_back(line.substr(begin, line.find(' ', begin) - begin));
    }
    return words;
  };
  CHECK(folder.clean({.max_age_days = 7, .min_free = 0}, true));
  REQUIRE(folder.told.size() == 3);
  CHECK(folder.told[0].starts_with("would delete " + oldest));
  CHECK(folder.told[0].ends_with("MB): it is older than max_age_days"));
  CHECK(folder.told[2].starts_with("2 of 4 recordings"));
  CHECK(folder.told[2].ends_with("would be deleted"));
  CHECK(folder.has(oldest));
  CHECK(folder.has(old));
  const auto would = names(folder.told);

  CHECK(folder.clean({.max_age_days = 7, .min_free = 0}));
  CHECK(names(folder.told) == would);
  CHECK(folder.told[1].starts_with("deleted " + old));
  CHECK_FALSE(folder.has(oldest));
  CHECK_FALSE(folder.has(old));
  CHECK_FALSE(folder.has(sidecar_name(old)));
  CHECK(folder.has(young));
  CHECK(folder.has(is_protected));
  CHECK(folder.has("holiday.mp4"));
  CHECK(folder.complaints.empty());
}

TEST_CASE("cleanup leaves what others made, whatever its name") {
  CleanedFolder folder;
  write_film(folder.disk.path(), "20240101_120000.mp4", {});
  CHECK(folder.clean({.max_age_days = 7, .max_size = 1, .min_free = 0}));
  CHECK(folder.has("20240101_120000.mp4"));
  CHECK(folder.told == std::vector<std::string>{"0 of 0 recordings, 0.000 GB, were deleted"});
}

TEST_CASE("cleanup knows of the clock what a mini-dvr remembers") {
  CleanedFolder folder;
  const auto old = folder.add(8);
  fs::create_directory(folder.disk.path() / "state");
  folder.disk.write("state/clock.json", R"({"seen":"2026-01-02T00:00:00Z","written":{}})");
  CleanupOptions options{folder.disk.path(), {.max_age_days = 7, .min_free = 0}};
  options.state_dir = folder.disk.path() / "state";
  options.clock = [] { return ClockFacts{std::chrono::system_clock::now(), false, 1h}; };
  std::string complaints;
  const CleanupOutput output{[](const std::string&) {},
                             [&](const std::string& line) { complaints += line; }};
  CHECK_FALSE(clean_up(options, output));
  CHECK(folder.has(old));
  CHECK(complaints.find("the clock jumped by more than a day") != std::string::npos);
  options.clock = [] { return ClockFacts{std::chrono::system_clock::now(), true, 1h}; };
  CHECK(clean_up(options, output));
  CHECK_FALSE(folder.has(old));
}

TEST_CASE("cleanup says which limit it can not keep, and is no success then") {
  CleanedFolder folder;
  const auto is_protected = folder.add(2);
  const auto other = folder.add(1);
  REQUIRE(ArchiveFolder(folder.disk.path()).save_notes(is_protected, {true, "", {}}));
  CHECK_FALSE(folder.clean({.max_age_days = 0, .max_size = 1, .min_free = 0}));
  CHECK(folder.has(is_protected));
  CHECK_FALSE(folder.has(other));
  REQUIRE(folder.complaints.size() == 1);
  CHECK(folder.complaints[0].find("more than max_size") != std::string::npos);
}

TEST_CASE("cleanup says which notes keep a recording, as they can not be understood") {
  CleanedFolder folder;
  const auto old = folder.add(8);
  folder.disk.write(sidecar_name(old), R"({"protected":tru)");
  CHECK(folder.clean({.max_age_days = 7, .min_free = 0}));
  CHECK(folder.has(old));
  REQUIRE(folder.complaints.size() == 1);
  CHECK(folder.complaints[0].starts_with(sidecar_name(old) + ": "));
  CHECK(folder.complaints[0].ends_with("; its recording is kept until that is mended"));
}

TEST_CASE("a dry run counts on the space that deletions would bring") {
  CleanedFolder folder;
  const auto first = folder.add(3);
  const auto second = folder.add(2);
  const auto bytes = fs::file_size(folder.disk.path() / first);
  CHECK(folder.clean({.max_age_days = 0, .max_size = bytes, .min_free = 0}, true));
  REQUIRE(folder.told.size() == 2);
  CHECK(folder.told[0].starts_with("would delete " + first));
  CHECK(folder.has(second));
}

TEST_CASE("without a folder there is nothing to clean up, and a file is no folder") {
  CleanedFolder folder;
  const CleanupOutput quiet{[](const std::string&) {}, [](const std::string&) {}};
  CHECK(clean_up({folder.disk.path() / "none", {}, false}, quiet));
  folder.disk.write("file", "x");
  CHECK_FALSE(clean_up({folder.disk.path() / "file", {}, false}, quiet));
}
