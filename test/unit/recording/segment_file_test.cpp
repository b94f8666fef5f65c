#include "recording/segment_file.hpp"

#include "process/run_program.hpp"
#include "recording/mp4_file.hpp"
#include "recording/mp4_header.hpp"
#include "recording/segment_names.hpp"
#include "recording/segment_writer.hpp"
#include "unit/support/frames.hpp"
#include "unit/support/run_task.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <sys/stat.h>

using namespace minidvr;
using namespace minidvr::recording;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const WallTime kWall = WallTime(1'795'000'000s);

// Irregular on purpose: times must come back as they are.
microseconds time_of(int number) {
  return microseconds(number * 33333 + (number % 3) * 411);
}

std::vector<capture::FramePtr> some_frames(int count) {
  std::vector<capture::FramePtr> frames;
  for (int i = 0; i < count; ++i) {
    frames.push_back(test::frame(time_of(i), kWall + time_of(i), 640, 480,
                                 3000 + static_cast<std::size_t>(i) * 7));
  }
  return frames;
}

struct Packet {
  std::int64_t pts = 0;
  std::uint64_t position = 0;
  std::uint64_t size = 0;
};

// What ffprobe reads out of a file.
std::vector<Packet> packets(test::Tasks& tasks, const fs::path& file,
                            const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"-v",  "error",   "-show_entries", "packet=pts,size,pos",
                                     "-of", "csv=p=0", file.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  process::ProgramRun run{"ffprobe", "ffprobe", std::move(arguments), {}, 20s};
  const auto output = tasks.run(process::run_program(tasks.group(), run));
  REQUIRE(output);
  CHECK(output->err.empty());
  std::vector<Packet> result;
  const char* at = output->out.c_str();
  Packet packet;
  int used = 0;
  while (std::sscanf(at, "%ld,%lu,%lu\n%n", &packet.pts, &packet.size, &packet.position, &used) ==
         3) {
    result.push_back(packet);
    at += used;
  }
  return result;
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Every sample of `file` is the frame of the same number, with its time.
void check_holds(test::Tasks& tasks, const fs::path& file,
                 const std::vector<capture::FramePtr>& frames) {
  const auto samples = packets(tasks, file);
  const std::string bytes = bytes_of(file);
  REQUIRE(samples.size() == frames.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    CAPTURE(i);
    CHECK(microseconds(samples[i].pts) == frames[i]->captured - frames[0]->captured);
    const auto& jpeg = frames[i]->jpeg;
    REQUIRE(samples[i].size == jpeg.size());
    CHECK(std::equal(jpeg.begin(), jpeg.end(),
                     bytes.begin() + static_cast<long>(samples[i].position),
                     [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }));
  }
}

struct Recording {
  test::TemporaryFolder folder;
  test::Tasks tasks;
  BlockingPool pool{2};
  std::size_t confirmed = 0;

  ~Recording() { pool.join(); }

  std::shared_ptr<SegmentWriter> open(const std::vector<capture::FramePtr>& frames,
                                      std::uint32_t header_bytes = 200'000) {
    SegmentSpec spec{folder.path(), "ffmpeg", header_bytes, microseconds(33333)};
    auto writer = tasks.run(SegmentWriter::open(pool, tasks.group(), spec, frames.front(),
                                                [this](const capture::Frame&) { ++confirmed; }));
    REQUIRE(writer);
    return *writer;
  }

  void write(const std::shared_ptr<SegmentWriter>& writer,
             const std::vector<capture::FramePtr>& frames) {
    for (const auto& frame : frames)
      REQUIRE(tasks.run(writer->write(frame)));
  }

  // And waits for the looks at the file, four a second. ffmpeg holds the newest frame until the
  // next one comes.
  void write_until_on_disk(const std::shared_ptr<SegmentWriter>& writer,
                           const std::vector<capture::FramePtr>& frames) {
    write(writer, frames);
    for (int i = 0; i < 100 && confirmed < frames.size() - 1; ++i)
      tasks.run(sleep_for(50ms));
  }

  fs::path partial(const std::string& name) const { return partial_dir(folder.path()) / name; }
};

std::size_t files_in(const fs::path& folder, const std::string& extension) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("a segment that is closed in peace holds every frame at its time") {
  Recording recording;
  const auto frames = some_frames(60);
  const auto writer = recording.open(frames);
  CHECK(writer->name() == file_stamp(kWall) + ".mp4");
  CHECK(files_in(recording.folder.path(), ".mp4") == 0);
  recording.write(writer, frames);
  const auto closed = recording.tasks.run(writer->close(10s));
  CHECK(closed.problem.empty());
  CHECK(closed.leftovers.empty());
  CHECK(recording.confirmed == 60);
  const auto file = recording.folder.path() / closed.name;
  CHECK(check_complete(file, 60));
  check_holds(recording.tasks, file, frames);
  CHECK(fs::is_empty(partial_dir(recording.folder.path())));
}

TEST_CASE(
    "when ffmpeg is killed the file is completed with what it holds, and the rest comes back") {
  Recording recording;
  const auto frames = some_frames(200);
  const auto writer = recording.open(frames);
  recording.write(writer, frames);
  const auto closed = recording.tasks.run(writer->close(0s));
  CHECK(closed.problem == "ffmpeg was killed by signal 9 (Killed)");
  CHECK(recording.confirmed + closed.leftovers.size() == 200);
  if (!closed.name.empty()) {
    const auto file = recording.folder.path() / closed.name;
    CHECK(check_complete(file, recording.confirmed));
    check_holds(recording.tasks, file,
                {frames.begin(), frames.begin() + static_cast<long>(recording.confirmed)});
  }
  for (std::size_t i = 0; i < closed.leftovers.size(); ++i) {
    CHECK(closed.leftovers[i] == frames[recording.confirmed + i]);
  }
}

TEST_CASE("a header that is too small for ffmpeg is no loss: our own is smaller") {
  Recording recording;
  const auto frames = some_frames(300);
  // ffmpeg needs more than this for 300 irregular frames, we need less.
  const auto writer = recording.open(frames, 5600);
  recording.write(writer, frames);
  const auto closed = recording.tasks.run(writer->close(10s));
  REQUIRE_FALSE(closed.name.empty());
  CHECK(recording.confirmed == 300);
  check_holds(recording.tasks, recording.folder.path() / closed.name, frames);
}

TEST_CASE("what a killed recorder left is made whole at the next start") {
  Recording recording;
  const auto frames = some_frames(100);
  const auto writer = recording.open(frames);
  recording.write_until_on_disk(writer, frames);
  // ffmpeg holds the newest frame until the next one comes.
  REQUIRE(recording.confirmed == 99);
  // As after kill -9: copy what lies there now to a folder of its own.
  test::TemporaryFolder after;
  fs::copy(partial_dir(recording.folder.path()), partial_dir(after.path()),
           fs::copy_options::recursive);
  CHECK_FALSE(check_complete(partial_dir(after.path()) / writer->name()));
  CHECK(recover_all(after.path()) == 1);
  CHECK(fs::is_empty(partial_dir(after.path())));
  check_holds(recording.tasks, after.path() / writer->name(),
              {frames.begin(), frames.begin() + 99});
  recording.tasks.run(writer->close(10s));
}

TEST_CASE("a power cut during recovery is no loss: it may be repeated") {
  Recording recording;
  const auto frames = some_frames(50);
  const auto writer = recording.open(frames);
  recording.write_until_on_disk(writer, frames);
  const auto stem = fs::path(writer->name()).stem().string();
  const auto journal = read_journal(recording.partial(stem + ".journal"), current_boot_id());
  REQUIRE(journal);
  test::TemporaryFolder after;
  const auto file = after.path() / "x.mp4";
  fs::copy(recording.partial(writer->name()), file);
  CHECK(*complete_in_place(file, *journal) == 49);
  const auto first = bytes_of(file);
  CHECK(*complete_in_place(file, *journal) == 49);
  CHECK(bytes_of(file) == first);
  recording.tasks.run(writer->close(10s));
}

TEST_CASE("frames that never reached the disk are cut off") {
  Recording recording;
  const auto frames = some_frames(50);
  const auto writer = recording.open(frames);
  recording.write_until_on_disk(writer, frames);
  const auto stem = fs::path(writer->name()).stem().string();
  auto journal = read_journal(recording.partial(stem + ".journal"), current_boot_id());
  REQUIRE(journal);
  journal->header.boot_id = std::string(36, 'b');
  test::TemporaryFolder after;
  const auto file = after.path() / "x.mp4";
  fs::copy(recording.partial(writer->name()), file);
  // The last 4 KiB are zeros, as after a power cut that came before the data.
  const auto size = fs::file_size(file);
  fs::resize_file(file, size - 4096);
  fs::resize_file(file, size);
  const auto held = complete_in_place(file, *journal);
  REQUIRE(held);
  CHECK(*held == 47);
  check_holds(recording.tasks, file, {frames.begin(), frames.begin() + 47});
  recording.tasks.run(writer->close(10s));
}

TEST_CASE("a file of more than 4 GiB gets wide offsets") {
  test::TemporaryFolder folder;
  test::Tasks tasks;
  constexpr int kFrames = 5000;
  constexpr std::uint32_t kFrame = 1'000'000;
  const JournalHeader header{1'000'000, 640, 480, 33333, 0, current_boot_id()};
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
  Journal journal{header, {}};
  for (int i = 0; i < kFrames; ++i)
    journal.samples.push_back({time_of(i), kFrame});
  const auto held = complete_in_place(file, journal);
  REQUIRE(held);
  CHECK(*held == kFrames);
  CHECK(check_complete(file, kFrames, std::uint64_t{kFrames} * kFrame));
  // The machine may stop before the file is cut to its length: then it is done again.
  fs::resize_file(file, fs::file_size(file) + 100);
  const auto again = complete_in_place(file, journal);
  REQUIRE(again);
  CHECK(*again == kFrames);
  CHECK(check_complete(file, kFrames, std::uint64_t{kFrames} * kFrame));
  // The frame at 160 s lies behind the 4 GiB.
  const auto samples = packets(tasks, file, {"-read_intervals", "160%+#1"});
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].position > std::uint64_t{1} << 32);
  CHECK((samples[0].position - 28 - 1'000'000 - 16) % kFrame == 0);
}

TEST_CASE("a file that is not complete is never taken for one") {
  Recording recording;
  const auto frames = some_frames(20);
  const auto writer = recording.open(frames);
  recording.write(writer, frames);
  const auto closed = recording.tasks.run(writer->close(10s));
  const auto file = recording.folder.path() / closed.name;
  REQUIRE(check_complete(file, 20));
  CHECK_FALSE(check_complete(file, 21));
  CHECK_FALSE(check_complete(file, 20, 1));
  const auto size = fs::file_size(file);
  for (const auto cut :
       {size - 1, size / 2, std::uintmax_t{100'000}, std::uintmax_t{28}, std::uintmax_t{0}}) {
    CAPTURE(cut);
    fs::resize_file(file, cut);
    CHECK_FALSE(check_complete(file));
  }
}

TEST_CASE("names that are taken get a number, and no file is overwritten") {
  test::TemporaryFolder folder;
  fs::create_directories(partial_dir(folder.path()));
  const auto stamp = file_stamp(kWall);
  CHECK(free_stem(folder.path(), kWall) == stamp);
  std::ofstream(folder.path() / (stamp + ".mp4")) << "first";
  CHECK(free_stem(folder.path(), kWall) == stamp + "_1");
  std::ofstream(partial_dir(folder.path()) / (stamp + "_1.journal")) << "x";
  CHECK(free_stem(folder.path(), kWall) == stamp + "_2");

  std::ofstream(partial_dir(folder.path()) / (stamp + ".mp4")) << "second";
  const auto name = publish(folder.path(), stamp);
  REQUIRE(name);
  CHECK(*name == stamp + "_1.mp4");
  CHECK(bytes_of(folder.path() / (stamp + ".mp4")) == "first");
  CHECK(bytes_of(folder.path() / *name) == "second");
}
