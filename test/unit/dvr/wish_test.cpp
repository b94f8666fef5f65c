#include "dvr/wish.hpp"

#include "unit/support/run_task.hpp"

#include <fstream>

#include <catch2/catch.hpp>

using minidvr::dvr::Wish;

TEST_CASE("the wish to record is kept, and nothing where there is none") {
  minidvr::test::TemporaryFolder folder;
  const Wish wish(folder.path() / "state");
  CHECK(*wish.load() == std::nullopt);
  REQUIRE(wish.save(true));
  CHECK(*Wish(folder.path() / "state").load() == true);
  REQUIRE(wish.save(false));
  CHECK(*wish.load() == false);
}

TEST_CASE("a file that does not say is an error, not a guess") {
  minidvr::test::TemporaryFolder folder;
  for (const auto* text : {"", "{}", "true", "{\"recording\": 1}", "{\"recording\": tr"}) {
    std::ofstream(folder.path() / "recording.json") << text;
    CAPTURE(text);
    CHECK_FALSE(Wish(folder.path()).load());
  }
}
