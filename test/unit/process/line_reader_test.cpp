#include "process/line_reader.hpp"

#include <vector>

#include <catch2/catch.hpp>

using minidvr::process::LineReader;

namespace {

std::vector<std::string> lines(const std::vector<std::string>& pieces) {
  std::vector<std::string> result;
  LineReader reader([&](std::string_view line) { result.emplace_back(line); });
  for (const auto& piece : pieces)
    reader.feed(piece);
  reader.finish();
  return result;
}

}  // namespace

TEST_CASE("pieces become lines, without empty ones") {
  CHECK(lines({"a\nb", "c\r\n\n", "\rd"}) == std::vector<std::string>{"a", "bc", "d"});
}

TEST_CASE("a line without end is cut and does not grow") {
  const auto result = lines({std::string(100'000, 'x'), "\nnext\n"});
  REQUIRE(result.size() == 2);
  CHECK(result[0].size() == LineReader::kMaxLine);
  CHECK(result[1] == "next");
}
