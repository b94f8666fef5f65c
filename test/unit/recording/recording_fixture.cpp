#include "unit/recording/recording_fixture.hpp"

#include "process/run_program.hpp"
#include "recording/recorder_machine.hpp"
#include "support/file_bytes.hpp"
#include "unit/support/frames.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include <fcntl.h>

namespace minidvr::test {
using namespace minidvr::recording;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace {

const WallTime kFirstFrame = WallTime(1'795'000'000s + 123'456us);
constexpr const char* kStem = "test";

microseconds time_of(int number) {
  return microseconds(number * 33333 + (number % 3) * 411);
}

}  // namespace

recording::Folders folders_of(const fs::path& recordings_dir) {
  auto folder = make_and_open(recordings_dir);
  REQUIRE(folder);
  auto folders = Folders::in(std::move(*folder));
  REQUIRE(folders);
  return std::move(*folders);
}

std::vector<Packet> packets(Tasks& tasks, const fs::path& file,
                            const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"-v",  "error",   "-show_entries", "packet=pts,size,pos",
                                     "-of", "csv=p=0", file.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  process::ProgramRun run{"ffprobe", "ffprobe", std::move(arguments), {}, 60s};
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
  return test::file_bytes(file);
}

std::size_t files_in(const fs::path& folder, const std::string& ending) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ending) ++count;
  }
  return count;
}

std::vector<capture::FramePtr> some_frames(int count) {
  std::vector<capture::FramePtr> frames;
  for (int i = 0; i < count; ++i) {
    frames.push_back(frame(time_of(i), kFirstFrame + time_of(i), 640, 480,
                           3000 + static_cast<std::size_t>(i) * 7));
  }
  return frames;
}

std::vector<Sample> samples_of(const std::vector<capture::FramePtr>& frames) {
  std::vector<Sample> samples;
  for (const auto& frame : frames) {
    samples.push_back({std::chrono::floor<microseconds>(frame->captured - frames.front()->captured),
                       static_cast<std::uint32_t>(frame->jpeg.size())});
  }
  return samples;
}

std::uint64_t bytes_in(const std::vector<capture::FramePtr>& frames) {
  std::uint64_t bytes = 0;
  for (const auto& frame : frames)
    bytes += frame->jpeg.size();
  return bytes;
}

void check_holds(Tasks& tasks, const fs::path& file, const std::vector<capture::FramePtr>& frames) {
  const auto found = packets(tasks, file);
  const std::string bytes = bytes_of(file);
  REQUIRE(found.size() == frames.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(microseconds(found[i].pts) == frames[i]->captured - frames[0]->captured);
    const auto& jpeg = frames[i]->jpeg;
    REQUIRE(found[i].size == jpeg.size());
    CHECK(std::equal(jpeg.begin(), jpeg.end(), bytes.begin() + static_cast<long>(found[i].position),
                     [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }));
  }
}

RecordingFixture::RecordingFixture(std::uint32_t reserve) : reserve_(reserve) {}

RecordingFixture::~RecordingFixture() {
  if (muxer_) kill_ffmpeg();
}

fs::path RecordingFixture::partial() const {
  return partial_dir(folder.path());
}

fs::path RecordingFixture::media(std::uint32_t number) const {
  return partial() / media_name(kStem, number);
}

std::shared_ptr<SegmentFile> RecordingFixture::create(const capture::FramePtr& first) {
  JournalHeader header;
  header.media = media_name(kStem, segments_++);
  header.reserve = reserve_;
  header.width = 640;
  header.height = 480;
  header.frame_interval = 33333;
  header.wall = std::chrono::floor<microseconds>(first->wall.time_since_epoch()).count();
  auto made =
      SegmentFile::create(folder.path(), folders_of(folder.path()), first->wall, header, names);
  REQUIRE(made);
  return *made;
}

void RecordingFixture::start_ffmpeg() {
  MuxerSpec spec;
  spec.ffmpeg_bin = "ffmpeg";
  const FileDescriptor into(::open(partial().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  spec.folder = into.get();
  spec.stem = kStem;
  spec.period = RecorderMachine::kPeriod;
  spec.reserve = reserve_;
  spec.frame_interval = microseconds(33333);
  spec.width = 640;
  spec.height = 480;
  auto started = Muxer::start(tasks.executor(), tasks.group(), spec,
                              {[] {}, [this] { taken_ = true; }, [this] { ++listed; },
                               [this](const std::string& problem) { ended_ = problem; }});
  REQUIRE(started);
  muxer_ = *started;
}

bool RecordingFixture::wait_until(const std::function<bool()>& condition) {
  for (int i = 0; i < 3000 && !condition(); ++i)
    tasks.run(sleep_for(10ms));
  return condition();
}

void RecordingFixture::give(const std::vector<capture::FramePtr>& frames, std::uint32_t number) {
  for (const auto& frame : frames) {
    const auto into = std::chrono::floor<microseconds>(frame->captured - frames.front()->captured);
    taken_ = false;
    muxer_->give(*frame, number * microseconds(RecorderMachine::kPeriod) + into);
    REQUIRE(wait_until([this] { return taken_; }));
  }
}

std::string RecordingFixture::wait_for_end() {
  REQUIRE(wait_until([this] { return ended_.has_value(); }));
  muxer_.reset();
  return *std::exchange(ended_, std::nullopt);
}

std::string RecordingFixture::finish_ffmpeg() {
  muxer_->close_input();
  return wait_for_end();
}

std::string RecordingFixture::kill_ffmpeg() {
  muxer_->kill();
  return wait_for_end();
}

void RecordingFixture::follow_until(SegmentFile& segment,
                                    const std::vector<capture::FramePtr>& frames, std::size_t count,
                                    bool sync) {
  const auto all = samples_of(frames);
  std::size_t written = 0;
  REQUIRE(wait_until([&] {
    const auto progress = segment.follow(std::span(all).subspan(written), sync);
    REQUIRE(progress.failure.empty());
    written += progress.written;
    return written >= count;
  }));
  CHECK(written == count);
}

}  // namespace minidvr::test
