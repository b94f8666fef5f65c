#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace minidvr::test;

TEST_CASE("a test that can not have its folder ends by itself, and says where it wanted it") {
  const TemporaryFolder folder;
  const auto nowhere = folder.path() / "nowhere";
  CHECK_THROWS_WITH(TemporaryFolder(nowhere), Catch::Matchers::Contains(nowhere.string()));
}
