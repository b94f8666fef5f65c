#include "core/state_file.hpp"

#include "support/captured_stderr.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using minidvr::test::TemporaryFolder;

TEST_CASE("a state file takes as much as it can read, and no byte more") {
  constexpr std::size_t kMost = 1000;
  const TemporaryFolder folder;
  const StateFile file(folder.path() / "x.json", "presets", kMost);
  CHECK(*file.read() == std::nullopt);
  const std::string most(kMost, ' ');
  REQUIRE(file.write(most).has_value());
  CHECK(*file.read() == most);
  const auto too_much = file.write(most + " ");
  REQUIRE_FALSE(too_much.has_value());
  CHECK(too_much.error().code == Errc::too_large);
  CHECK(*file.read() == most);
  folder.write("x.json", most + " ");
  REQUIRE_FALSE(file.read().has_value());
  CHECK(file.read().error().code == Errc::too_large);
}

TEST_CASE("a state file whose folder is not there is neither read nor written") {
  const TemporaryFolder folder;
  folder.write("x.json", "text");
  bool is_there = false;
  const StateFile file(folder.path() / "x.json", "presets", 1000, [&]() -> Result<> {
    if (is_there) return {};
    return make_error(Errc::unavailable, "not mounted", Reason::wrong_folder);
  });
  CHECK_FALSE(file.can_be_read());
  CHECK(file.read().error().reason == Reason::wrong_folder);
  CHECK(file.write("other").error().reason == Reason::wrong_folder);
  is_there = true;
  CHECK(*file.read() == "text");
}

TEST_CASE("a state file is set aside under a name of its own each time") {
  const TemporaryFolder folder;
  const StateFile file(folder.path() / "x.json", "presets", 1000);
  for (const char* text : {"one", "two"}) {
    folder.write("x.json", text);
    file.set_aside("test", {"it is no JSON"});
    CHECK(*file.read() == std::nullopt);
  }
  CHECK(folder.read("x.json.damaged-1") == "one");
  CHECK(folder.read("x.json.damaged-2") == "two");
}

TEST_CASE("why a state file can not be set aside is told") {
  const TemporaryFolder folder;
  const StateFile file(folder.path() / "x.json", "presets", 1000);
  const test::CapturedStderr log;
  file.set_aside("test", {"it is no JSON"});
  CHECK(log.text().find("x.json can not be set aside and will be replaced: cannot rename to") !=
        std::string::npos);
  CHECK(log.text().find("x.json.damaged-1: No such file or directory") != std::string::npos);
}
