#include "http/byte_range.hpp"

#include <catch2/catch.hpp>

using namespace minidvr::http;

namespace {

constexpr std::uint64_t kSize = 1000;

std::variant<Whole, ByteRange, Unsatisfiable> asked(std::string_view range,
                                                    std::string_view if_range = {},
                                                    std::uint64_t size = kSize) {
  return requested_range(range, if_range, "\"v1\"", size);
}

bool is_part(std::string_view range, std::uint64_t first, std::uint64_t length) {
  const auto found = asked(range);
  const auto* part = std::get_if<ByteRange>(&found);
  return part != nullptr && *part == ByteRange{first, length};
}

bool is_whole(std::string_view range, std::string_view if_range = {}) {
  return std::holds_alternative<Whole>(asked(range, if_range));
}

bool is_unsatisfiable(std::string_view range, std::uint64_t size = kSize) {
  return std::holds_alternative<Unsatisfiable>(asked(range, {}, size));
}

}  // namespace

TEST_CASE("a range is given as it is asked for, and ends where the file does") {
  CHECK(is_part("bytes=0-0", 0, 1));
  CHECK(is_part("bytes=0-999", 0, 1000));
  CHECK(is_part("bytes=10-19", 10, 10));
  CHECK(is_part("bytes=10-", 10, 990));
  CHECK(is_part("bytes=-10", 990, 10));
  CHECK(is_part("bytes=-5000", 0, 1000));
  CHECK(is_part("bytes=990-5000", 990, 10));
  CHECK(is_part("bytes=999-99999999999999999999999", 999, 1));
  CHECK(is_part("Bytes= 1-2 ", 1, 2));
}

TEST_CASE("a range behind the end can not be given") {
  CHECK(is_unsatisfiable("bytes=1000-"));
  CHECK(is_unsatisfiable("bytes=1000-1000"));
  CHECK(is_unsatisfiable("bytes=99999999999999999999999-"));
  CHECK(is_unsatisfiable("bytes=-0"));
  CHECK(is_unsatisfiable("bytes=0-", 0));
  CHECK(is_unsatisfiable("bytes=-1", 0));
}

TEST_CASE("what is no single range of bytes is ignored") {
  for (const auto* range :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1-2,4-5", "bytes=5-4", "bytes=+1-2",
        "bytes=1--2", "bytes=0x1-2", "lines=1-2", "bytes=1", "bytes=1 - 2", "bytes=1-2x"}) {
    CAPTURE(range);
    CHECK(is_whole(range));
  }
}

TEST_CASE("a range of an older version is the whole of the newer one") {
  CHECK_FALSE(is_whole("bytes=1-2", "\"v1\""));
  CHECK(is_whole("bytes=1-2", "\"v2\""));
  CHECK(is_whole("bytes=1-2", "W/\"v1\""));
  CHECK(is_whole("bytes=1-2", "Tue, 24 Nov 2026 10:00:00 GMT"));
}
