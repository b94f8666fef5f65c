#include "capture/jpeg_size.hpp"

#include "unit/support/frames.hpp"

#include <utility>

#include <catch2/catch.hpp>

using namespace minidvr;
using minidvr::capture::jpeg_size;

TEST_CASE("a JPEG says how large its picture is") {
  const auto size = jpeg_size(test::jpeg(1920, 1080));
  REQUIRE(size);
  CHECK(size->width == 1920);
  CHECK(size->height == 1080);
}

TEST_CASE("other segments before the frame header are passed over") {
  auto data = test::jpeg(640, 480);
  const std::vector<std::uint8_t> comment{0xFF, 0xFE, 0x00, 0x04, 'h', 'i', 0xFF};
  data.insert(data.begin() + 2, comment.begin(), comment.end());
  const auto size = jpeg_size(data);
  REQUIRE(size);
  CHECK(size->width == 640);
}

TEST_CASE("bytes between two segments, and markers without a length, are passed over") {
  const std::vector<std::uint8_t> comment{0xFF, 0xFE, 0x00, 0x04, 'h', 'i'};
  const std::vector<std::vector<std::uint8_t>> strays{
      {0x00}, {'x', 0xFF, 0x00, 'y'}, {0xFF, 0x01}, {0xFF, 0xD3}, {0xFF, 0x41, 0xFF},
  };
  for (const auto& stray : strays) {
    CAPTURE(stray);
    auto data = test::jpeg(640, 480);
    data.insert(data.begin() + 2, stray.begin(), stray.end());
    data.insert(data.begin() + 2, comment.begin(), comment.end());
    const auto size = jpeg_size(data);
    REQUIRE(size);
    CHECK(size->height == 480);
  }
}

TEST_CASE("what is cut short or no JPEG has no size") {
  const auto whole = test::jpeg(640, 480);
  for (std::size_t length = 0; length < 11; ++length) {
    CAPTURE(length);
    CHECK_FALSE(jpeg_size(std::span(whole).first(length)));
  }
  const std::vector<std::uint8_t> text{'<', 'h', 't', 'm', 'l', '>'};
  CHECK_FALSE(jpeg_size(text));
  const std::vector<std::uint8_t> data_first{0xFF, 0xD8, 0xFF, 0xDA, 0x00, 0x02, 0x01};
  CHECK_FALSE(jpeg_size(data_first));
  auto ended = test::jpeg(640, 480);
  const std::vector<std::uint8_t> end{0xFF, 0xD9};
  ended.insert(ended.begin() + 2, end.begin(), end.end());
  CHECK_FALSE(jpeg_size(ended));
}

TEST_CASE("a picture of no size, or of one that nothing takes, is none") {
  for (const auto& [width, height] : {std::pair(0U, 480U), std::pair(640U, 0U), std::pair(0U, 0U),
                                      std::pair(65535U, 65535U), std::pair(16384U, 16384U)}) {
    CAPTURE(width, height);
    CHECK_FALSE(jpeg_size(test::jpeg(width, height)));
  }
  CHECK(jpeg_size(test::jpeg(1, 1)));
  CHECK(jpeg_size(test::jpeg(16000, 16000)));
}
