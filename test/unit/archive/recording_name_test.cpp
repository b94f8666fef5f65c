#include "archive/recording_name.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;

TEST_CASE("only what the recorder calls its files is a recording's name") {
  for (const auto* name : {"20261124_101000.mp4", "20261124_101000_1.mp4",
                           "20261124_101000_9999.mp4", "19700101_000000.mp4"}) {
    CAPTURE(name);
    CHECK(is_recording_name(name));
  }
  for (const auto* name : {"",
                           ".mp4",
                           "x.mp4",
                           "20261124_101000",
                           "20261124_101000.mp4x",
                           "20261124_101000.MP4",
                           "20261124-101000.mp4",
                           "2026112_101000.mp4",
                           "20261124_10100.mp4",
                           "20261124_1010000.mp4",
                           "20261124_101000_.mp4",
                           "20261124_101000_0.mp4",
                           "20261124_101000_01.mp4",
                           "20261124_101000_123456.mp4",
                           "20261124_101000_a.mp4",
                           "20261124_101000_1_2.mp4",
                           "../20261124_101000.mp4",
                           "./20261124_101000.mp4",
                           "20261124_101000.mp4/",
                           "2026112\xC3\xA9_101000.mp4",
                           " 20261124_101000.mp4",
                           "20261124_101000.mp4.mp4"}) {
    CAPTURE(name);
    CHECK_FALSE(is_recording_name(name));
  }
  CHECK_FALSE(is_recording_name(std::string_view("20261124_101000\0.mp4", 20)));
  CHECK_FALSE(is_recording_name("20261124_101000_" + std::string(10'000, '1') + ".mp4"));
}

TEST_CASE("the time in a name is the local time of its first frame") {
  for (const auto seconds : {0L, 1'700'000'000L, 1'795'000'000L, 4'000'000'000L}) {
    const auto time = std::chrono::system_clock::from_time_t(seconds);
    CAPTURE(seconds);
    CHECK(time_in_name(file_stamp(time) + ".mp4") == time);
    CHECK(time_in_name(file_stamp(time) + "_12.mp4") == time);
  }
}

TEST_CASE("a date that does not exist is no time") {
  for (const auto* name : {"20260230_101000.mp4", "20261324_101000.mp4", "20261100_101000.mp4",
                           "20261124_251000.mp4", "20261124_106000.mp4", "20261124_101060.mp4",
                           "00000000_000000.mp4", "99991231_235959.mp4", "x.mp4"}) {
    CAPTURE(name);
    CHECK_FALSE(time_in_name(name));
  }
}

TEST_CASE("what people know of a recording lies beside it") {
  CHECK(sidecar_name("20261124_101000_1.mp4") == "20261124_101000_1.json");
}
