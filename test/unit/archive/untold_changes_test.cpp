#include "archive/untold_changes.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;

using Names = std::vector<std::string>;

TEST_CASE("what is more than is told at once comes in parts, what is gone first") {
  UntoldChanges untold;
  const Index index;
  CHECK(untold.empty());
  untold.add({{"a", "b"}, {"c"}, {"d", "e"}});
  untold.add({{"f"}, {}, {"g"}});
  const auto first = untold.take(2, index);
  CHECK(first.removed == Names{"d", "e"});
  CHECK(first.size() == 2);
  const auto second = untold.take(3, index);
  CHECK(second.removed == Names{"g"});
  CHECK(second.changed == Names{"c"});
  CHECK(second.added == Names{"a"});
  CHECK_FALSE(untold.empty());
  CHECK(untold.take(100, index).added == Names{"b", "f"});
  CHECK(untold.empty());
}

TEST_CASE("what is back by the time that it is told is not told as gone") {
  UntoldChanges untold;
  untold.add({{}, {}, {"a", "b"}});
  Recording back;
  back.name = "a";
  Index index;
  index.put({back});
  CHECK(untold.take(100, index).removed == Names{"b"});
  CHECK(untold.empty());
}
