#include "recording/ivf.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::recording;

TEST_CASE("the IVF headers are those of the format") {
  const ivf::FileHeader file{'D', 'K',  'I',  'F',  0,    0,    32,   0,    'M', 'J', 'P',
                             'G', 0x80, 0x07, 0x38, 0x04, 0x40, 0x42, 0x0F, 0,   1,   0,
                             0,   0,    0,    0,    0,    0,    0,    0,    0,   0};
  CHECK(ivf::file_header(1920, 1080) == file);
  const ivf::FrameHeader frame{0x44, 0x33, 0x22, 0x11, 0x15, 0xCD, 0x5B, 0x07, 0, 0, 0, 0};
  CHECK(ivf::frame_header(0x11223344, microseconds(123456789)) == frame);
}
