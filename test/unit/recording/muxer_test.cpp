#include "recording/muxer.hpp"

#include "unit/recording/recording_fixture.hpp"
#include "unit/support/frames.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::recording;
using namespace minidvr::test;
namespace fs = std::filesystem;

TEST_CASE("one ffmpeg cuts where the times say, and nowhere else, and says so") {
  RecordingFixture recording;
  const auto frames = some_frames(31);
  std::vector<std::size_t> lengths = {31, 30, 1, 17, 2, 1, 1, 20};
  recording.create(frames.front());
  recording.start_ffmpeg();
  for (std::uint32_t file = 0; file < lengths.size(); ++file) {
    const auto length = static_cast<long>(lengths[file]);
    recording.give({frames.begin(), frames.begin() + length}, file);
  }
  CHECK(recording.finish_ffmpeg().empty());
  CHECK(recording.listed == lengths.size());
  for (std::uint32_t file = 0; file < lengths.size(); ++file) {
    CAPTURE(file);
    const auto length = static_cast<long>(lengths[file]);
    check_holds(recording.tasks, recording.media(file), {frames.begin(), frames.begin() + length});
  }
}

TEST_CASE("a frame that is larger than the pipe is waited for, and is whole") {
  RecordingFixture recording;
  std::vector<capture::FramePtr> frames;
  for (int i = 0; i < 4; ++i) {
    frames.push_back(frame(std::chrono::milliseconds(40 * i), WallTime(), 640, 480, 5'000'000));
  }
  recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  CHECK(recording.finish_ffmpeg().empty());
  check_holds(recording.tasks, recording.media(), frames);
}

TEST_CASE("an ffmpeg that cannot write says why") {
  RecordingFixture recording;
  const auto frames = some_frames(3);
  fs::create_directories(recording.media());  // a folder where its file should go
  recording.start_ffmpeg();
  recording.give({frames.front()});
  const auto problem = recording.finish_ffmpeg();
  INFO(problem);
  CHECK(problem.find("ended with status ") !=
        std::string::npos);  // 1 before ffmpeg 6, then an errno
}

TEST_CASE("a program that is missing is no ffmpeg") {
  Tasks tasks;
  TemporaryFolder folder;
  MuxerSpec spec;
  spec.ffmpeg_bin = (folder.path() / "ffmpeg").string();
  const auto started = Muxer::start(tasks.executor(), tasks.group(), spec, {});
  REQUIRE_FALSE(started);
  CHECK(started.error().code == Errc::not_found);
}
