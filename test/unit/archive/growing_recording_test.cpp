#include "archive/growing_recording.hpp"

#include "mp4/boxes.hpp"
#include "support/result_text.hpp"
#include "unit/recording/recording_fixture.hpp"

#include <filesystem>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::archive;
using namespace minidvr::test;
namespace fs = std::filesystem;

TEST_CASE("what is being written is told by its journal, frame by frame") {
  RecordingFixture recording;
  const auto frames = some_frames(40);
  const auto segment = recording.create(frames.front());
  const std::string name = segment->name() + ".mp4";
  CHECK(open_growing(recording.folder.path(), name).error().code == Errc::not_found);
  recording.start_ffmpeg();
  CHECK(open_growing(recording.folder.path(), name).error().code == Errc::not_found);
  recording.give(frames);
  recording.follow_until(*segment, frames, 39, false);  // ffmpeg keeps the last one back

  const auto growing = open_growing(recording.folder.path(), name);
  REQUIRE(growing);
  const auto& table = growing->table;
  REQUIRE(table.frames.size() == 39);
  CHECK(table.start == std::chrono::floor<microseconds>(frames.front()->wall));
  CHECK(growing->facts.frames == table.frames.size());
  CHECK(growing->facts.start == table.start);
  CHECK(growing->facts.length > table.frames.back().time);
  CHECK(growing->facts.width == frames.front()->width);
  auto at = table.first_offset;
  for (std::size_t i = 0; i < table.frames.size(); ++i) {
    std::vector<std::uint8_t> bytes(table.frames[i].size);
    REQUIRE(mp4::read_at(growing->file.get(), at, bytes));
    REQUIRE(std::equal(bytes.begin(), bytes.end(), frames[i]->jpeg.begin(), frames[i]->jpeg.end()));
    at += bytes.size();
  }
  CHECK(growing->bytes == at);
}

TEST_CASE("what is not being written is not found, whatever its name") {
  const TemporaryFolder folder;
  for (const char* name : {"20261124_101000.mp4", "", "x", "../x.mp4"})
    CHECK(open_growing(folder.path(), name).error().code == Errc::not_found);
  fs::create_directory(folder.path() / ".partial");
  CHECK(open_growing(folder.path(), "20261124_101000.mp4").error().code == Errc::not_found);
  folder.write(".partial/20261124_101000.journal", "nonsense");
  CHECK(open_growing(folder.path(), "20261124_101000.mp4").error().code == Errc::not_found);
}
