#include "recording/media_file.hpp"

#include "mp4/boxes.hpp"
#include "mp4/movie.hpp"
#include "unit/recording/recording_fixture.hpp"
#include "unit/support/frames.hpp"

#include <array>
#include <fstream>

#include <catch2/catch.hpp>

#include <fcntl.h>

using namespace minidvr;
using namespace minidvr::recording;
using namespace minidvr::test;
namespace fs = std::filesystem;

TEST_CASE("a file that is not whole is never taken for one") {
  RecordingFixture recording;
  const auto frames = some_frames(20);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.finish_ffmpeg();
  const auto file = recording.media();
  const FileDescriptor media(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(media::verify(media.get(), 20, bytes_in(frames)));
  CHECK_FALSE(media::verify(media.get(), 21));
  CHECK_FALSE(media::verify(media.get(), 20, 1));
  const auto size = fs::file_size(file);
  for (const auto cut :
       {size - 1, size / 2, std::uintmax_t{100'000}, std::uintmax_t{28}, std::uintmax_t{0}}) {
    CAPTURE(cut);
    fs::resize_file(file, cut);
    CHECK_FALSE(media::verify(media.get()));
    if (cut <= 28) CHECK_FALSE(media::samples_in_header(media.get()));
  }
  CHECK(media::write_header(media.get(), {}, {}).error().code == Errc::wrong_state);
}

TEST_CASE("a file whose first frames never came is as long as those that did") {
  constexpr std::uint32_t kReserve = 200'000;
  RecordingFixture recording(kReserve);
  const auto frames = some_frames(20);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.finish_ffmpeg();
  const FileDescriptor media(::open(recording.media().c_str(), O_RDWR | O_CLOEXEC));
  const auto samples = samples_of(frames);
  std::uint64_t at = *media::payload_offset(media.get(), kReserve);
  for (std::size_t i = 0; i < 3; ++i) {
    constexpr std::array<std::uint8_t, 2> kNothing{};
    REQUIRE(mp4::write_at(media.get(), at, kNothing));
    at += samples[i].size;
  }
  const auto kept = media::keep_whole_frames(media.get(), kReserve, samples, 0);
  REQUIRE(kept);
  REQUIRE(kept->size() == 17);
  JournalHeader header;
  header.reserve = kReserve;
  header.width = 640;
  header.height = 480;
  header.frame_interval = 33333;
  REQUIRE(media::write_header(media.get(), header, *kept));
  const auto summary = mp4::read_summary(media.get());
  REQUIRE(summary);
  CHECK(summary->length == kept->back().time - samples[3].time + microseconds(33333));
}

TEST_CASE("a file of more than 4 GiB gets wide offsets") {
  test::TemporaryFolder folder;
  test::Tasks tasks;
  constexpr int kFrames = 5000;
  constexpr std::uint32_t kFrame = 1'000'000;
  JournalHeader header;
  header.reserve = 1'000'000;
  header.width = 640;
  header.height = 480;
  header.frame_interval = 33333;
  // Sparse: only the ends of the frames are there.
  const auto file = folder.path() / "big.mp4";
  {
    std::ofstream out(file, std::ios::binary);
    out.write(
        "\0\0\0\x1c"
        "ftypisom\0\0\2\0isomiso2mp41",
        28);
    out.seekp(28 + 1'000'000);
    out.write(
        "\0\0\0\x08"
        "free\0\0\0\0mdat",
        16);
    const long payload = out.tellp();
    const auto jpeg = test::jpeg(640, 480);
    for (long i = 0; i < kFrames; ++i) {
      out.seekp(payload + i * kFrame);
      out.write(reinterpret_cast<const char*>(jpeg.data()), 32);
      out.seekp(payload + (i + 1) * kFrame - 2);
      out.write("\xFF\xD9", 2);
    }
  }
  std::vector<Sample> samples;
  for (int i = 0; i < kFrames; ++i)
    samples.push_back({microseconds(i * 33333), kFrame});
  const FileDescriptor media(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  CHECK(media::write_header(media.get(), header, samples));
  CHECK(media::verify(media.get(), kFrames, std::uint64_t{kFrames} * kFrame));
  // The machine may stop before the file is cut to its length: then it is done again.
  fs::resize_file(file, fs::file_size(file) + 100);
  CHECK_FALSE(media::verify(media.get()));
  CHECK(media::write_header(media.get(), header, samples));
  CHECK(media::verify(media.get(), kFrames, std::uint64_t{kFrames} * kFrame));
  CHECK(media::samples_in_header(media.get()) == kFrames);
  // The frame at 160 s lies behind the 4 GiB.
  const auto found = packets(tasks, file, {"-read_intervals", "160%+#1"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].position > std::uint64_t{1} << 32);
  CHECK((found[0].position - 28 - 1'000'000 - 16) % kFrame == 0);
}
