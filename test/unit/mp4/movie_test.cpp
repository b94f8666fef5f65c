#include "mp4/movie.hpp"

#include "mp4/boxes.hpp"
#include "mp4/capture_start.hpp"
#include "recording/media_file.hpp"
#include "unit/archive/recording_files.hpp"
#include "unit/recording/recording_fixture.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include <fcntl.h>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

FileDescriptor opened(const fs::path& file) {
  return FileDescriptor(::open(file.c_str(), O_RDWR | O_CLOEXEC));
}

// The file's table names just these frames, where they are and when.
void check_tells(const fs::path& file, const std::vector<capture::FramePtr>& frames) {
  const auto media = opened(file);
  const auto summary = mp4::read_summary(media.get());
  REQUIRE(summary);
  CHECK(summary->frames == frames.size());
  CHECK(summary->width == frames.front()->width);
  CHECK(summary->height == frames.front()->height);
  CHECK(summary->length > frames.back()->captured - frames.front()->captured);

  const auto table = mp4::read_frames(media.get());
  REQUIRE(table);
  REQUIRE(table->frames.size() == frames.size());
  std::uint64_t at = table->first_offset;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    CAPTURE(i);
    REQUIRE(table->frames[i].size == frames[i]->jpeg.size());
    std::vector<std::uint8_t> bytes(table->frames[i].size);
    REQUIRE(mp4::read_at(media.get(), at, bytes));
    REQUIRE(std::equal(bytes.begin(), bytes.end(), frames[i]->jpeg.begin(), frames[i]->jpeg.end()));
    const auto time = std::chrono::floor<microseconds>(frames[i]->captured) -
                      std::chrono::floor<microseconds>(frames.front()->captured);
    REQUIRE(table->frames[i].time == time);
    REQUIRE(table->shown_at(time) == i);
    if (i > 0) REQUIRE(table->shown_at(time - microseconds(1)) == i - 1);
    at += bytes.size();
  }
  CHECK(table->shown_at(microseconds(-1)) == 0);
  CHECK(table->shown_at(std::chrono::hours(1)) == frames.size() - 1);
}

// A whole file as ffmpeg ends it.
struct WholeFile {
  explicit WholeFile(int count) : frames(some_frames(count)) {
    const auto segment = recording.create(frames.front());
    recording.start_ffmpeg();
    recording.give(frames);
    recording.finish_ffmpeg();
    file = recording.media();
  }
  RecordingFixture recording;
  std::vector<capture::FramePtr> frames;
  fs::path file;
};

}  // namespace

TEST_CASE("a file of ffmpeg tells its frames: where they lie, and when") {
  const WholeFile whole(70);
  check_tells(whole.file, whole.frames);
}

TEST_CASE("a file that was given a header of ours tells the same") {
  RecordingFixture recording;
  const auto frames = some_frames(70);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  // ffmpeg keeps the last one back.
  recording.follow_until(*segment, frames, 69, true);
  recording.kill_ffmpeg();
  const auto samples = samples_of(frames);
  const auto closed = segment->close(recording::SegmentFile::Ending::no_trailer, {{}, 70, 0});
  REQUIRE(closed.frames == 69);
  const auto file = recording.folder.path() / closed.file;
  check_tells(file, {frames.begin(), frames.end() - 1});
  const auto start = mp4::read_capture_start(opened(file).get());
  CHECK(start == std::chrono::floor<microseconds>(frames.front()->wall));
}

TEST_CASE("a published file tells to the microsecond when its first frame was captured") {
  RecordingFixture recording;
  const auto frames = some_frames(20);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  CHECK(recording.finish_ffmpeg().empty());
  const auto samples = samples_of(frames);
  const auto closed = segment->close(recording::SegmentFile::Ending::trailer,
                                     {samples, samples.size(), bytes_in(frames)});
  REQUIRE(closed.problem.empty());
  const auto media = opened(recording.folder.path() / closed.file);
  const auto start = mp4::read_capture_start(media.get());
  CHECK(start == std::chrono::floor<microseconds>(frames.front()->wall));
  CHECK(mp4::read_summary(media.get())->start == start);
  // And nothing else was changed.
  check_holds(recording.tasks, recording.folder.path() / closed.file, frames);
}

TEST_CASE("a file without the time of capture tells none") {
  const WholeFile whole(5);
  const auto media = opened(whole.file);
  CHECK_FALSE(mp4::read_capture_start(media.get()));
  CHECK(mp4::write_capture_start(media.get(), WallTime(microseconds(1'700'000'000'123'456))));
  CHECK(mp4::read_capture_start(media.get()) == WallTime(microseconds(1'700'000'000'123'456)));
  // A time that no clock can show is none.
  CHECK(mp4::write_capture_start(media.get(), WallTime(microseconds(-1))));
  CHECK_FALSE(mp4::read_capture_start(media.get()));
}

TEST_CASE("a `free` box with no room stays as it is") {
  const WallTime start(microseconds(1));
  CHECK(mp4::free_box_with_start(8, start).size() == 8);
  CHECK(mp4::free_box_with_start(23, start).size() == 8);
  CHECK(mp4::free_box_with_start(24, start).size() == 24);
}

TEST_CASE("a file that ends early is malformed, wherever it ends") {
  const WholeFile whole(20);
  const auto media = opened(whole.file);
  for (auto size = fs::file_size(whole.file); size-- > 0;
       size -= std::min<std::uintmax_t>(size, 1 + size / 50)) {
    CAPTURE(size);
    fs::resize_file(whole.file, size);
    CHECK(mp4::read_summary(media.get()).error().code == Errc::malformed);
    CHECK(mp4::read_frames(media.get()).error().code == Errc::malformed);
  }
}

// Each byte of the header is given other values: what comes out is an error or a table whose frames
// lie in the file, in order; never more memory than the file is worth.
TEST_CASE("a header that is damaged anywhere leads nowhere outside of the file") {
  const WholeFile whole(20);
  const auto media = opened(whole.file);
  const auto end = mp4::file_size(media.get());
  const auto moov = mp4::find_box(media.get(), 0, end, "moov");
  REQUIRE(moov);
  for (std::uint64_t at = 0; at < moov->end() + 8; ++at) {
    std::array<std::uint8_t, 1> was{};
    REQUIRE(mp4::read_at(media.get(), at, was));
    for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{0x7F},
                                     std::uint8_t{0xFF}, static_cast<std::uint8_t>(was[0] + 1)}) {
      REQUIRE(mp4::write_at(media.get(), at, std::array{value}));
      const auto summary = mp4::read_summary(media.get());
      const auto table = mp4::read_frames(media.get());
      if (!table) continue;
      std::uint64_t reached = table->first_offset;
      bool in_order = true;
      for (std::size_t i = 0; i < table->frames.size(); ++i) {
        reached += table->frames[i].size;
        in_order = in_order && (i == 0 || table->frames[i].time >= table->frames[i - 1].time);
      }
      if (reached > end || !in_order || table->frames.empty()) {
        CAPTURE(at, +value);
        FAIL("it leads astray");
      }
    }
    REQUIRE(mp4::write_at(media.get(), at, was));
  }
}

TEST_CASE("a count of frames for which there is no room is not believed") {
  const TemporaryFolder folder;
  const auto path = write_recording(folder.path(), "a.mp4", WallTime(), 5);
  const std::string whole = folder.read("a.mp4");
  const auto table = whole.find("stsz");
  REQUIRE(table != std::string::npos);
  const auto with = [&](std::uint32_t size_of_each, std::uint32_t count) {
    std::string bytes = whole;
    for (int i = 0; i < 4; ++i) {
      bytes[table + 8 + static_cast<std::size_t>(i)] =
          static_cast<char>(size_of_each >> (24 - 8 * i));
      bytes[table + 12 + static_cast<std::size_t>(i)] = static_cast<char>(count >> (24 - 8 * i));
    }
    return mp4::read_summary(opened(folder.write("b.mp4", bytes)).get());
  };
  REQUIRE(with(0, 5));
  CHECK(with(0, 5)->frames == 5);
  CHECK_FALSE(with(0, 6));
  CHECK_FALSE(with(0, 0xFFFFFFFF));
  CHECK(with(10, 5));
  CHECK_FALSE(with(static_cast<std::uint32_t>(whole.size()), 2));
  CHECK_FALSE(with(1, mp4::kMostFrames + 1));
}

TEST_CASE("frames that do not lie one after the other are no recording of ours") {
  const TemporaryFolder folder;
  const auto media = opened(write_recording(folder.path(), "x.mp4", WallTime(), 70));
  REQUIRE(mp4::read_frames(media.get()));
  const auto moov = mp4::find_box(media.get(), 0, mp4::file_size(media.get()), "moov");
  const auto chunks =
      mp4::find_inside(media.get(), *moov, {"trak", "mdia", "minf", "stbl", "stco"});
  REQUIRE(chunks);
  REQUIRE(chunks->content_size() >= 16);  // two chunks at least
  const std::array<std::uint8_t, 4> elsewhere{0, 4, 0, 0};
  REQUIRE(mp4::write_at(media.get(), chunks->content() + 12, elsewhere));
  CHECK(mp4::read_summary(media.get()));
  CHECK(mp4::read_frames(media.get()).error().code == Errc::malformed);
}

TEST_CASE("a header behind the frames is as good to read, and not to publish") {
  const TemporaryFolder folder;
  const WallTime start(microseconds(1'795'516'200'123'456));
  const auto path = write_recording(folder.path(), "x.mp4", start, 70);
  const auto before = mp4::read_frames(opened(path).get());
  REQUIRE(before);
  put_header_behind(path);
  const auto media = opened(path);
  const auto summary = mp4::read_summary(media.get());
  REQUIRE(summary);
  CHECK(summary->frames == 70);
  CHECK(summary->width == 640);
  const auto table = mp4::read_frames(media.get());
  REQUIRE(table);
  REQUIRE(table->frames.size() == 70);
  std::array<std::uint8_t, 2> begin{};
  for (const std::size_t i : {std::size_t{0}, std::size_t{69}}) {
    CHECK(table->frames[i].size == before->frames[i].size);
    CHECK(table->frames[i].time == before->frames[i].time);
    REQUIRE(mp4::read_at(media.get(), table->offset_of(i), begin));
    CHECK(begin == std::array<std::uint8_t, 2>{0xFF, 0xD8});
  }
  CHECK(mp4::is_recording(media.get()).value());
  CHECK_FALSE(recording::media::verify(media.get()));
}

TEST_CASE("a recording is told from what others made, and from what tells nothing") {
  const TemporaryFolder folder;
  const auto is_one = [](const fs::path& path) {
    const auto told = mp4::is_recording(opened(path).get());
    REQUIRE(told);
    return *told;
  };
  const auto ours = write_recording(folder.path(), "a.mp4", WallTime(), 5);
  CHECK(is_one(ours));
  // Damaged, and ours.
  fs::resize_file(ours, 5000);
  REQUIRE_FALSE(mp4::read_summary(opened(ours).get()));
  CHECK(is_one(ours));
  CHECK_FALSE(is_one(write_film(folder.path(), "b.mp4", WallTime(), Film::h264)));
  CHECK_FALSE(is_one(write_film(folder.path(), "c.mp4", WallTime(), Film::mpeg4)));
  const auto with_sound = write_film(folder.path(), "d.mp4", WallTime(), Film::two_tracks);
  CHECK_FALSE(is_one(with_sound));
  CHECK(mp4::read_summary(opened(with_sound).get()));
  CHECK_FALSE(is_one(folder.write("e.mp4", "")));
  CHECK_FALSE(is_one(folder.write("f.mp4", "no MP4 at all")));
  CHECK(mp4::is_recording(-1).error().code == Errc::unavailable);
}
