#include "recording/segment_file.hpp"

#include "archive/recording_name.hpp"
#include "mp4/boxes.hpp"
#include "recording/recovery.hpp"
#include "support/another_boot.hpp"
#include "unit/recording/recording_fixture.hpp"
#include "unit/support/failing_disk.hpp"
#include "unit/support/frames.hpp"

#include <csignal>
#include <fstream>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/resource.h>

using namespace minidvr;
using namespace minidvr::recording;
using namespace minidvr::test;
namespace fs = std::filesystem;
using Ending = SegmentFile::Ending;

namespace {

// Files cannot grow beyond so many bytes while this lives.
class SmallFiles {
 public:
  explicit SmallFiles(std::uintmax_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limited = before_;
    limited.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

std::vector<capture::FramePtr> first_of(const std::vector<capture::FramePtr>& frames,
                                        std::size_t count) {
  return {frames.begin(), frames.begin() + static_cast<long>(count)};
}

std::string name_of(const std::vector<capture::FramePtr>& frames) {
  return file_stamp(frames.front()->wall);
}

// How many descriptors of this program lead into `folder`, also to what was removed from it.
std::size_t open_in(const fs::path& folder) {
  const std::string inside = fs::canonical(folder).string();
  std::size_t count = 0;
  for (const auto& descriptor : fs::directory_iterator("/proc/self/fd")) {
    std::error_code ec;
    const auto target = fs::read_symlink(descriptor.path(), ec);
    if (!ec && target.string().starts_with(inside)) ++count;
  }
  return count;
}

// Bytes; each version writes its name into it.
std::uint32_t header_of_ffmpeg(const std::vector<capture::FramePtr>& frames) {
  RecordingFixture recording;
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.finish_ffmpeg();
  const FileDescriptor file(::open(recording.media().c_str(), O_RDONLY | O_CLOEXEC));
  const auto moov = mp4::find_box(file.get(), 0, mp4::file_size(file.get()), "moov");
  REQUIRE(moov);
  return static_cast<std::uint32_t>(moov->size);
}

}  // namespace

TEST_CASE("a segment that ffmpeg finished is published with every frame at its time") {
  RecordingFixture recording;
  const auto frames = some_frames(60);
  const auto segment = recording.create(frames.front());
  CHECK(segment->name() == name_of(frames));
  recording.start_ffmpeg();
  recording.give(frames);
  CHECK(files_in(recording.folder.path(), ".mp4") == 0);
  CHECK(recording.finish_ffmpeg().empty());
  CHECK(recording.listed == 1);
  const auto closed = segment->close(Ending::trailer, {{}, 60, bytes_in(frames)});
  CHECK(closed.frames == 60);
  CHECK(closed.problem.empty());
  REQUIRE(closed.file == name_of(frames) + ".mp4");
  check_holds(recording.tasks, recording.folder.path() / closed.file, frames);
  CHECK(fs::is_empty(recording.partial()));
}

TEST_CASE("a whole segment that cannot be moved has all its frames also after a power cut") {
  RecordingFixture recording;
  const auto frames = some_frames(60);
  const auto recordings = recording.folder.path();
  const auto elsewhere = fs::path(recordings.string() + "-elsewhere");
  std::string name;
  {
    const auto segment = recording.create(frames.front());
    name = segment->name();
    recording.start_ffmpeg();
    recording.give(frames);
    recording.follow_until(*segment, frames, 59, true);
    recording.finish_ffmpeg();
    // The folder that it is to be seen in has gone, that it was written in has not.
    fs::rename(recording.partial(), elsewhere);
    fs::remove_all(recordings);
    // Its last frame is not in the journal yet.
    const auto samples = samples_of(frames);
    const auto last = std::span(samples).subspan(59);
    const auto closed = segment->close(Ending::trailer, {last, 60, bytes_in(frames)});
    CHECK(closed.frames == 60);
    CHECK(closed.file.empty());
    CHECK_FALSE(closed.problem.empty());
  }
  fs::create_directories(recordings);
  fs::rename(elsewhere, partial_dir(recordings));
  make_of_another_boot(partial_dir(recordings) / (name + ".journal"));
  RecoveryProgress progress;
  std::set<std::string> told;
  CHECK(recover(folders_of(recordings), recording.names, progress, told) == 0);
  check_holds(recording.tasks, recordings / (name + ".mp4"), frames);
}

TEST_CASE("each of two segments of one second keeps its own name") {
  RecordingFixture recording;
  const auto frames = some_frames(2);
  const auto first = recording.create(frames[0]);
  const auto second = recording.create(frames[0]);
  CHECK(first->name() != second->name());
  CHECK(recording.names.contains(first->name()));
  CHECK(recording.names.contains(second->name()));
}

TEST_CASE("a trailer that is not what was given is not taken, and the file is left as it is") {
  RecordingFixture recording;
  const auto frames = some_frames(20);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.finish_ffmpeg();
  const auto samples = samples_of(frames);
  const auto bytes = bytes_of(recording.media());
  for (const auto& given : {SegmentFile::Given{samples, 21, bytes_in(frames)},
                            SegmentFile::Given{samples, 20, bytes_in(frames) + 1}}) {
    const auto closed = segment->close(Ending::trailer, given);
    CHECK(closed.not_whole);
    CHECK(closed.file.empty());
    CHECK(bytes_of(recording.media()) == bytes);
  }
  const auto closed = segment->close(Ending::no_trailer, {samples, 20, bytes_in(frames)});
  CHECK(closed.frames == 20);
  check_holds(recording.tasks, recording.folder.path() / closed.file, frames);
}

TEST_CASE("a file that ffmpeg did not finish gets a header of our own, for what it holds") {
  RecordingFixture recording;
  const auto frames = some_frames(200);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  // It keeps the newest frame until the next one comes.
  recording.follow_until(*segment, frames, 199, false);
  CHECK(recording.kill_ffmpeg() == "ffmpeg was killed by signal 9 (Killed)");
  const auto samples = samples_of(frames);
  const auto closed =
      segment->close(Ending::no_trailer, {std::span(samples).subspan(199), 200, bytes_in(frames)});
  CHECK(closed.frames == 199);
  check_holds(recording.tasks, recording.folder.path() / closed.file, first_of(frames, 199));
  CHECK(fs::is_empty(recording.partial()));
}

TEST_CASE("what was not synced is left out when it goes elsewhere") {
  RecordingFixture recording;
  const auto frames = some_frames(100);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(first_of(frames, 51));
  recording.follow_until(*segment, first_of(frames, 51), 50, true);
  recording.give({frames.begin() + 51, frames.end()});
  recording.kill_ffmpeg();
  const auto closed = segment->close(Ending::synced_only, {{}, 100, bytes_in(frames)});
  CHECK(closed.frames == 50);
  check_holds(recording.tasks, recording.folder.path() / closed.file, first_of(frames, 50));
}

TEST_CASE("a segment whose frames all go elsewhere leaves nothing behind") {
  RecordingFixture recording;
  const auto frames = some_frames(20);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.kill_ffmpeg();
  CHECK(segment->close(Ending::nothing, {}).frames == 0);
  CHECK(fs::is_empty(recording.partial()));
  CHECK(files_in(recording.folder.path(), ".mp4") == 0);
}

TEST_CASE(
    "a segment that is closed, however it ends, has nothing open that is to be closed later") {
  const auto ending =
      GENERATE(Ending::trailer, Ending::no_trailer, Ending::synced_only, Ending::nothing);
  CAPTURE(static_cast<int>(ending));
  RecordingFixture recording;
  const auto frames = some_frames(20);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.follow_until(*segment, frames, 19, true);
  if (ending == Ending::trailer) {
    recording.finish_ffmpeg();
  } else {
    recording.kill_ffmpeg();
  }
  CHECK(open_in(recording.folder.path()) == 4);  // media, journal, and two folders
  if (ending == Ending::trailer) {
    // What is not whole is closed another way next.
    CHECK(segment->close(ending, {{}, 21, bytes_in(frames)}).not_whole);
    CHECK(open_in(recording.folder.path()) == 4);
  }
  const auto closed = segment->close(ending, {{}, 20, bytes_in(frames)});
  CHECK(closed.file.empty() == (ending == Ending::nothing));
  CHECK(open_in(recording.folder.path()) == 0);
}

TEST_CASE("what can not be removed of a segment is told, and a recovery removes it") {
  RecordingFixture recording;
  const auto frames = some_frames(20);
  RecoveryProgress progress;
  std::set<std::string> told;
  const auto recover_it = [&] {
    return recover(folders_of(recording.folder.path()), recording.names, progress, told);
  };
  auto segment = recording.create(frames.front());
  const std::string name = segment->name();
  recording.start_ffmpeg();
  recording.give(frames);

  SECTION("the journal of one that is published") {
    recording.finish_ffmpeg();
    {
      const FailingRemoval failing(".journal");
      const auto closed = segment->close(Ending::trailer, {{}, 20, bytes_in(frames)});
      CHECK(closed.file == name + ".mp4");
      CHECK(closed.problem.empty());
      CHECK(closed.left_behind == "cannot remove " + name + ".journal: Input/output error");
    }
    segment.reset();
    CHECK(recover_it() == 0);
    CHECK(fs::is_empty(recording.partial()));
    check_holds(recording.tasks, recording.folder.path() / (name + ".mp4"), frames);
  }
  SECTION("the file of one whose frames go elsewhere, which is not published") {
    recording.follow_until(*segment, frames, 19, false);
    recording.finish_ffmpeg();
    const auto file = recording.media().filename().string();
    {
      const FailingRemoval failing(".mp4");
      const auto closed = segment->close(Ending::nothing, {});
      CHECK(closed.left_behind == "cannot remove " + file + ": Input/output error");
      CHECK(fs::exists(recording.media()));
    }
    segment.reset();
    CHECK(recover_it() == 0);
    CHECK(fs::is_empty(recording.partial()));
    CHECK(files_in(recording.folder.path(), ".mp4") == 0);
  }
}

TEST_CASE("a sync that fails is told with the name of the file and the disk's own words") {
  RecordingFixture recording;
  const auto frames = some_frames(60);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.follow_until(*segment, frames, 59, true);
  recording.finish_ffmpeg();
  const std::string file = recording.media().filename().string();
  const FailingSync failing;
  const auto closed = segment->close(Ending::trailer, {{}, 60, bytes_in(frames)});
  CHECK(closed.problem == "cannot sync " + file + ": Input/output error");
  CHECK(closed.frames == 59);
}

TEST_CASE("a reserve that ffmpeg's header fills to the last byte is no loss: ours is as small") {
  const auto frames = some_frames(300);
  // ffmpeg needs eight bytes more than that.
  RecordingFixture recording(header_of_ffmpeg(frames) + 7);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.finish_ffmpeg();
  const auto samples = samples_of(frames);
  CHECK(segment->close(Ending::trailer, {samples, 300, bytes_in(frames)}).not_whole);
  const auto closed = segment->close(Ending::no_trailer, {samples, 300, bytes_in(frames)});
  CHECK(closed.frames == 300);
  check_holds(recording.tasks, recording.folder.path() / closed.file, frames);
}

TEST_CASE(
    "a header that nothing has room for keeps the segment in .partial, and its synced frames") {
  RecordingFixture recording(1000);
  const auto frames = some_frames(300);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.kill_ffmpeg();
  const auto samples = samples_of(frames);
  const auto closed = segment->close(Ending::no_trailer, {samples, 300, bytes_in(frames)});
  CHECK(closed.file.empty());
  CHECK(closed.problem.find("1000 are reserved") != std::string::npos);
  CHECK(closed.frames > 0);
  CHECK(files_in(recording.partial(), ".journal") == 1);
}

TEST_CASE("a journal that cannot be written is a failure, and takes no frame for written") {
  RecordingFixture recording;
  const auto frames = some_frames(100);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.finish_ffmpeg();
  const auto samples = samples_of(frames);
  const auto journal = recording.partial() / (segment->name() + ".journal");
  {
    const SmallFiles limit(fs::file_size(journal) + 24);
    const auto progress = segment->follow(samples, true);
    CHECK(progress.written == 0);
    CHECK(progress.failure ==
          "cannot write the journal " + journal.filename().string() + ": File too large");
  }
  const auto progress = segment->follow(samples, true);
  CHECK(progress.written == 100);
  CHECK(progress.synced);
  CHECK(progress.failure.empty());
}

TEST_CASE(
    "a folder that is gone, moved or replaced is noticed, and what was synced is published there") {
  RecordingFixture recording;
  const auto frames = some_frames(50);
  const auto recordings = recording.folder.path();
  const auto elsewhere = fs::path(recordings.string() + "-elsewhere");
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.follow_until(*segment, frames, 49, true);
  const bool replaced = GENERATE(false, true);
  fs::rename(recordings, elsewhere);
  if (replaced) fs::create_directories(partial_dir(recordings));
  const auto progress = segment->follow({}, false);
  CHECK(progress.failure == recordings.string() + " is not there any more");
  recording.kill_ffmpeg();
  const auto closed = segment->close(Ending::synced_only, {{}, 50, bytes_in(frames)});
  CHECK(closed.frames == 49);
  check_holds(recording.tasks, elsewhere / closed.file, first_of(frames, 49));
  fs::remove_all(recordings);
  fs::rename(elsewhere, recordings);
}

TEST_CASE("files that somebody removed while they were written are noticed") {
  RecordingFixture recording;
  const auto frames = some_frames(20);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.follow_until(*segment, frames, 19, true);
  fs::remove(recording.media());
  CHECK_FALSE(segment->follow({}, false).failure.empty());
  recording.kill_ffmpeg();
  const auto closed = segment->close(Ending::synced_only, {{}, 20, bytes_in(frames)});
  CHECK(closed.file.empty());
  CHECK_FALSE(closed.problem.empty());
}

TEST_CASE("names that are taken get a number, and no file is overwritten") {
  RecordingFixture recording;
  const auto frames = some_frames(5);
  const auto name = name_of(frames);
  std::ofstream(recording.folder.path() / (name + ".mp4")) << "first";
  const auto one = recording.create(frames.front());
  CHECK(one->name() == name + "_1");
  const auto two = recording.create(frames.front());
  CHECK(two->name() == name + "_2");
  CHECK(recording.names.contains(name + "_2"));

  // Somebody takes the name meanwhile.
  recording.start_ffmpeg();
  recording.give(frames);
  recording.finish_ffmpeg();
  std::ofstream(recording.folder.path() / (name + "_1.mp4")) << "second";
  const auto closed = one->close(Ending::trailer, {{}, 5, bytes_in(frames)});
  CHECK(closed.file == name + "_3.mp4");  // the second one is being written
  CHECK(archive::is_recording_name(closed.file));
  CHECK(bytes_of(recording.folder.path() / (name + ".mp4")) == "first");
  CHECK(bytes_of(recording.folder.path() / (name + "_1.mp4")) == "second");
}

TEST_CASE("notes of a segment that is gone become no other's, and follow one whose name is taken") {
  RecordingFixture recording;
  const auto frames = some_frames(5);
  const auto name = name_of(frames);
  std::ofstream(recording.folder.path() / (name + ".json")) << "of one that is gone";
  const auto segment = recording.create(frames.front());
  CHECK(segment->name() == name + "_1");
  // People note something while it is written, and somebody takes its name.
  std::ofstream(recording.folder.path() / (name + "_1.json")) << "noted";
  recording.start_ffmpeg();
  recording.give(frames);
  recording.finish_ffmpeg();
  std::ofstream(recording.folder.path() / (name + "_1.mp4")) << "taken";
  std::ofstream(recording.folder.path() / (name + "_2.json")) << "of another one that is gone";
  const auto closed = segment->close(Ending::trailer, {{}, 5, bytes_in(frames)});
  CHECK(closed.file == name + "_3.mp4");
  CHECK(bytes_of(recording.folder.path() / (name + "_3.json")) == "noted");
  CHECK(bytes_of(recording.folder.path() / (name + "_2.json")) == "of another one that is gone");
  CHECK(bytes_of(recording.folder.path() / (name + "_1.json")) == "noted");
  CHECK(bytes_of(recording.folder.path() / (name + ".json")) == "of one that is gone");
}

TEST_CASE("a folder that cannot be made is said") {
  test::TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const auto made = make_and_open(folder.path() / "file" / "recordings");
  REQUIRE_FALSE(made);
  CHECK(made.error().detail.starts_with("cannot write to "));
}
