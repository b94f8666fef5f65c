#include "recording/recovery.hpp"

#include "recording/journal.hpp"
#include "support/another_boot.hpp"
#include "support/captured_stderr.hpp"
#include "unit/recording/recording_fixture.hpp"
#include "unit/support/failing_disk.hpp"
#include "unit/support/frames.hpp"

#include <fstream>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>

using namespace minidvr;
using namespace minidvr::recording;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kFrames = 100;
constexpr std::size_t kSynced = 60;  // of those

// What lies in .partial when everything ends at once: 100 frames, 60 of them synced.
class Leftover {
 public:
  explicit Leftover(bool has_digests = false) {
    const auto segment = recording_.create(frames.front());
    name = segment->name();
    recording_.start_ffmpeg();
    auto samples = samples_of(frames);
    for (std::size_t i = 0; has_digests && i < samples.size(); ++i)
      samples[i].digest = digest_of(frames[i]->jpeg);
    recording_.give({frames.begin(), frames.begin() + kSynced + 1});
    recording_.follow_until(*segment, {frames.begin(), frames.begin() + kSynced + 1}, kSynced,
                            true);
    recording_.give({frames.begin() + kSynced + 1, frames.end()});
    std::size_t written = kSynced;
    // It keeps the newest one back.
    REQUIRE(recording_.wait_until([&] {
      written += segment->follow(std::span(samples).subspan(written), false).written;
      return written == kFrames - 1;
    }));
    fs::copy(recording_.partial(), partial_dir(folder.path()), fs::copy_options::recursive);
    media = partial_dir(folder.path()) / recording_.media().filename();
    journal = partial_dir(folder.path()) / (name + ".journal");
    recording_.kill_ffmpeg();
  }

  void of_another_boot() const { make_of_another_boot(journal); }
  // Offset of a frame in the media file.
  long offset(std::size_t number) const {
    const FileDescriptor file(::open(media.c_str(), O_RDONLY | O_CLOEXEC));
    auto at = static_cast<long>(*media::payload_offset(file.get(), 200'000));
    for (std::size_t i = 0; i < number; ++i)
      at += static_cast<long>(frames[i]->jpeg.size());
    return at;
  }
  void overwrite(long at, const std::string& bytes) const {
    std::fstream file(media, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
  }
  std::size_t recover() {
    return recording::recover(folders_of(folder.path()), names, progress, told);
  }
  fs::path published() const { return folder.path() / (name + ".mp4"); }
  // What it may be called, with each number, is a folder.
  fs::path in_the_way(int number) const {
    return folder.path() / (segment_name(frames.front()->wall, number) + ".mp4");
  }
  void keep_from_being_moved() const {
    for (int number = 0; number < kMostNames; ++number)
      fs::create_directory(in_the_way(number));
  }
  bool nothing_left() const { return fs::is_empty(partial_dir(folder.path())); }
  void check_holds(const std::vector<capture::FramePtr>& expected) {
    test::check_holds(recording_.tasks, published(), expected);
  }

  TemporaryFolder folder;
  std::vector<capture::FramePtr> frames = some_frames(kFrames);
  std::string name;
  fs::path media;
  fs::path journal;
  NamesInUse names;
  RecoveryProgress progress;
  std::set<std::string> told;

 private:
  RecordingFixture recording_;
};

std::vector<capture::FramePtr> without(std::vector<capture::FramePtr> frames,
                                       std::initializer_list<std::size_t> numbers) {
  for (auto it = std::rbegin(numbers); it != std::rend(numbers); ++it)
    frames.erase(frames.begin() + static_cast<long>(*it));
  return frames;
}

}  // namespace

TEST_CASE("what a killed recorder left is made whole, as far as the journal names it") {
  Leftover leftover;
  CHECK(leftover.recover() == 0);
  CHECK(leftover.progress.published == 1);
  CHECK(leftover.progress.left == 0);
  CHECK(leftover.nothing_left());
  leftover.check_holds({leftover.frames.begin(), leftover.frames.end() - 1});
}

TEST_CASE("a whole segment that cannot be moved is counted until it can") {
  Leftover leftover;
  leftover.keep_from_being_moved();
  const fs::path partial = partial_dir(leftover.folder.path());
  CHECK(leftover.recover() == 1);
  CHECK(leftover.progress.unmovable(partial) == "a whole segment can not be moved out of " +
                                                    partial.string() + ": no free name for " +
                                                    leftover.name);
  CHECK(leftover.progress.published == 0);
  fs::remove(leftover.in_the_way(0));
  CHECK(leftover.recover() == 0);
  CHECK(leftover.progress.unmovable(partial).empty());
  leftover.check_holds({leftover.frames.begin(), leftover.frames.end() - 1});
}

TEST_CASE("a segment that is being written is left alone") {
  Leftover leftover;
  leftover.names.add(leftover.name);
  CHECK(leftover.recover() == 0);
  CHECK(leftover.progress.published == 0);
  CHECK(fs::exists(leftover.media));
}

TEST_CASE(
    "after a power cut what was synced is trusted, and what came later is judged frame by frame") {
  Leftover leftover;
  leftover.of_another_boot();
  // Before the sync: a frame without EOI, and one of zeros at its end, as a camera may deliver
  // them.
  leftover.overwrite(leftover.offset(6) - 2, "xx");
  leftover.overwrite(leftover.offset(20) - 1000, std::string(1000, '\0'));
  // After it: one without SOI, one whose last sectors never came, and one with junk behind its EOI.
  leftover.overwrite(leftover.offset(70), "xx");
  leftover.overwrite(leftover.offset(81) - 2000, std::string(2000, '\0'));
  leftover.overwrite(leftover.offset(91) - 10, std::string("\xFF\xD9junkjunk"));
  auto expected = without({leftover.frames.begin(), leftover.frames.end() - 1}, {70, 80});
  const auto changed = [&](std::size_t number, std::size_t from_end, const std::string& bytes) {
    auto frame = std::make_shared<capture::Frame>(*leftover.frames[number]);
    std::copy(bytes.begin(), bytes.end(), frame->jpeg.end() - static_cast<long>(from_end));
    std::replace(expected.begin(), expected.end(), leftover.frames[number],
                 capture::FramePtr(frame));
  };
  changed(5, 2, "xx");
  changed(19, 1000, std::string(1000, '\0'));
  changed(90, 10, std::string("\xFF\xD9junkjunk"));
  CHECK(leftover.recover() == 0);
  leftover.check_holds(expected);
  CHECK(leftover.nothing_left());
}

TEST_CASE("a frame whose digest is known is kept only as it came from the camera") {
  Leftover leftover;
  const FileDescriptor media(::open(leftover.media.c_str(), O_RDWR | O_CLOEXEC));
  auto samples = samples_of(leftover.frames);
  samples.pop_back();
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i].digest = digest_of(leftover.frames[i]->jpeg);
  // Another sector, although it still looks like a JPEG.
  leftover.overwrite(leftover.offset(70) + 1000, std::string(512, 'x'));
  const auto kept = media::keep_whole_frames(media.get(), 200'000, samples, kSynced);
  REQUIRE(kept);
  samples.erase(samples.begin() + 70);
  CHECK(*kept == samples);
}

TEST_CASE("a power cut during the recovery is no loss: it may be repeated") {
  Leftover leftover;
  const FileDescriptor folder(
      ::open(partial_dir(leftover.folder.path()).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto journal = read_journal(folder.get(), leftover.name + ".journal");
  REQUIRE(journal);
  const FileDescriptor media(::open(leftover.media.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(media::write_header(media.get(), journal->header, journal->samples));
  const auto first = bytes_of(leftover.media);
  REQUIRE(media::write_header(media.get(), journal->header, journal->samples));
  CHECK(bytes_of(leftover.media) == first);
  CHECK(leftover.recover() == 0);
  leftover.check_holds({leftover.frames.begin(), leftover.frames.end() - 1});
}

TEST_CASE("a recovery that is repeated loses none of the frames that it moved") {
  Leftover leftover(true);
  leftover.of_another_boot();
  leftover.overwrite(leftover.offset(70), "xx");
  leftover.overwrite(leftover.offset(80) + 1000, std::string(512, '\0'));
  SECTION("the file was whole, and could not be moved") {
    leftover.keep_from_being_moved();
    CHECK(leftover.recover() == 1);
    CHECK(leftover.recover() == 1);
    fs::remove(leftover.in_the_way(0));
  }
  SECTION("the power went before it had its header") {
    const FileDescriptor folder(
        ::open(partial_dir(leftover.folder.path()).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto journal = read_journal(folder.get(), leftover.name + ".journal");
    REQUIRE(journal);
    const FileDescriptor media(::open(leftover.media.c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(media::keep_whole_frames(media.get(), 200'000, journal->samples, kSynced));
  }
  CHECK(leftover.recover() == 0);
  leftover.check_holds(without({leftover.frames.begin(), leftover.frames.end() - 1}, {70, 80}));
  CHECK(leftover.nothing_left());
}

TEST_CASE("a trailer is no proof after a power cut: frames that it names may never have come") {
  RecordingFixture recording;
  const auto frames = some_frames(50);
  const auto segment = recording.create(frames.front());
  const auto name = segment->name();
  recording.start_ffmpeg();
  recording.give(frames);
  recording.follow_until(*segment, frames, 49, true);
  recording.finish_ffmpeg();
  make_of_another_boot(recording.partial() / (name + ".journal"));
  NamesInUse nobody;
  RecoveryProgress progress;
  std::set<std::string> told;
  CHECK(recover(folders_of(recording.folder.path()), nobody, progress, told) == 0);
  // The fiftieth is in the file, and in its trailer, but nothing says that it was synced.
  check_holds(recording.tasks, recording.folder.path() / (name + ".mp4"),
              {frames.begin(), frames.begin() + 49});
}

TEST_CASE("a segment whose last frames went elsewhere is not made whole with them") {
  RecordingFixture recording(1000);  // no header has room
  const auto frames = some_frames(60);
  const auto segment = recording.create(frames.front());
  recording.start_ffmpeg();
  recording.give(frames);
  recording.follow_until(*segment, frames, 59, true);
  recording.finish_ffmpeg();
  const auto closed = segment->close(SegmentFile::Ending::synced_only, {{}, 60, bytes_in(frames)});
  CHECK(closed.frames == 59);
  CHECK(closed.file.empty());
  NamesInUse nobody;
  RecoveryProgress progress;
  std::set<std::string> told;
  CHECK(recover(folders_of(recording.folder.path()), nobody, progress, told) == 1);
  CHECK(progress.left == 1);
  CHECK(files_in(recording.folder.path(), ".mp4") == 0);
}

TEST_CASE("what cannot be made whole stays, is said once, and holds up nothing else") {
  Leftover leftover;
  std::ofstream(partial_dir(leftover.folder.path()) / "20200101_000000.journal") << "nonsense";
  CHECK(leftover.recover() == 1);
  CHECK(leftover.progress.left == 1);
  CHECK(leftover.progress.published == 1);
  CHECK(leftover.told.size() == 1);
  CHECK(leftover.recover() == 1);
  CHECK(leftover.told.size() == 1);
  CHECK(fs::exists(partial_dir(leftover.folder.path()) / "20200101_000000.journal"));
}

TEST_CASE("the journal of a segment that was published, or never begun, is removed") {
  Leftover leftover;
  fs::remove(leftover.media);
  CHECK(leftover.recover() == 0);
  CHECK(leftover.nothing_left());
}

TEST_CASE(
    "segments that cannot be moved are told with the disk's own words for the first of them") {
  RecoveryProgress progress;
  progress.note_unmovable(2, "cannot rename to 20261123_101000.mp4: Read-only file system");
  CHECK(progress.unmovable("/videos/.partial") ==
        "2 whole segments can not be moved out of /videos/.partial, the first because: "
        "cannot rename to 20261123_101000.mp4: Read-only file system");
}

TEST_CASE("a journal that cannot be removed is said once, with the reason, and tried again") {
  Leftover leftover;
  const bool is_published = GENERATE(false, true);
  if (is_published) fs::remove(leftover.media);
  CapturedStderr log;
  {
    const FailingRemoval failing(".journal");
    CHECK(leftover.recover() == 1);
    CHECK(leftover.progress.published == (is_published ? 0 : 1));
    CHECK(leftover.recover() == 1);
    CHECK(leftover.progress.published == (is_published ? 0 : 1));
    CHECK(leftover.progress.left == 1);
  }
  CHECK(leftover.recover() == 0);
  const std::string text = log.text();
  CHECK(text.find(leftover.name + " stays in .partial: cannot remove " + leftover.name +
                  ".journal: Input/output error") != std::string::npos);
  CHECK(leftover.told.size() == 1);
  CHECK(leftover.nothing_left());
}

TEST_CASE("a file without a frame that cannot be removed keeps its journal until it can be") {
  Leftover leftover;
  leftover.of_another_boot();
  const FileDescriptor media(::open(leftover.media.c_str(), O_RDWR | O_CLOEXEC));
  {
    const FileDescriptor folder(
        ::open(partial_dir(leftover.folder.path()).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto journal = read_journal(folder.get(), leftover.name + ".journal");
    REQUIRE(journal);
    fs::remove(leftover.journal);
    REQUIRE(JournalWriter::create(folder.get(), leftover.name + ".journal", journal->header));
  }
  {
    const FailingRemoval failing(".mp4");
    CHECK(leftover.recover() == 1);
    CHECK(fs::exists(leftover.journal));
  }
  CHECK(leftover.recover() == 0);
  CHECK(leftover.nothing_left());
}

TEST_CASE("a file that lost all the frames of its journal is kept") {
  Leftover leftover;
  fs::resize_file(leftover.media, static_cast<std::uintmax_t>(leftover.offset(0)));
  CHECK(leftover.recover() == 1);
  CHECK(fs::exists(leftover.media));
}

TEST_CASE("a file without a frame is removed") {
  RecordingFixture recording;
  const auto frames = some_frames(2);
  {
    const auto segment = recording.create(frames.front());
    recording.start_ffmpeg();
    recording.give({frames.front()});
    recording.kill_ffmpeg();
  }
  NamesInUse nobody;
  RecoveryProgress progress;
  std::set<std::string> told;
  std::ofstream(recording.media(), std::ios::app) << "";
  CHECK(recover(folders_of(recording.folder.path()), nobody, progress, told) == 0);
  CHECK(progress.published == 0);
  CHECK(fs::is_empty(recording.partial()));
}

TEST_CASE("nobody is there: there is nothing to recover, and the end of the program ends it") {
  TemporaryFolder folder;
  NamesInUse nobody;
  RecoveryProgress progress;
  std::set<std::string> told;
  CHECK(recover(folders_of(folder.path() / "none"), nobody, progress, told) == 0);
  Leftover leftover;
  leftover.progress.stop = true;
  leftover.recover();
  CHECK(fs::exists(leftover.media));
}

TEST_CASE("what was begun before a power cut and never synced is removed, and nothing else") {
  Leftover leftover;
  const fs::path partial = partial_dir(leftover.folder.path());
  const std::string whole = bytes_of(leftover.journal);
  const auto write = [&](const std::string& file, const std::string& bytes) {
    std::ofstream(partial / file, std::ios::binary) << bytes;
    return partial / file;
  };
  const std::string kMedia = "20261123_101000-0123abcd_000000.mp4";
  // All of these are gone after one look.
  const std::vector<fs::path> torn = {
      write("20261123_101000.journal", ""),
      write("20261123_101001.journal", whole.substr(0, 5)),
      write("20261123_101002.journal", whole.substr(0, 60)),
      write("20261123_101003.journal", std::string(4096, '\0')),
      write(kMedia, "some bytes of a frame that nothing knows of"),
  };
  const auto foreign = write("holiday.mp4", "somebody's");
  const auto live = write("20261123_101004.journal", "");
  leftover.names.add("20261123_101004");
  const auto live_media = leftover.media;

  SECTION("while what is written now is left alone") {
    leftover.names.add(leftover.name);
    CHECK(leftover.recover() == 0);
    // One is being begun: whose media files there are can not be known now.
    CHECK(fs::exists(partial / kMedia));
    fs::remove(live);
    CHECK(leftover.recover() == 0);
    CHECK(fs::exists(live_media));
    CHECK(fs::exists(leftover.journal));
  }
  SECTION("and the others are made whole") {
    fs::remove(live);
    CHECK(leftover.recover() == 0);
    CHECK(leftover.progress.published == 1);
    leftover.check_holds({leftover.frames.begin(), leftover.frames.end() - 1});
  }
  CHECK(leftover.progress.left == 0);
  for (const auto& file : torn)
    CHECK_FALSE(fs::exists(file));
  CHECK(fs::exists(foreign));
}

TEST_CASE("what is only called like a media file and can not be removed is said once") {
  Leftover leftover;
  const auto folder = partial_dir(leftover.folder.path()) / "20261123_101000-0123abcd_000000.mp4";
  fs::create_directory(folder);
  const CapturedStderr captured;
  CHECK(leftover.recover() == 0);
  CHECK(leftover.recover() == 0);
  CHECK(fs::exists(folder));
  CHECK(count(captured.text(), "it can not be removed: Is a directory") == 1);
}

TEST_CASE("a pipe in the place of a journal holds up nothing, and is said once") {
  Leftover leftover;
  const auto pipe = partial_dir(leftover.folder.path()) / "20261123_101000.journal";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const CapturedStderr captured;
  CHECK(leftover.recover() == 1);
  CHECK(leftover.progress.published == 1);
  CHECK(leftover.recover() == 1);
  CHECK(count(captured.text(), "20261123_101000.journal: No such device or address") == 1);
  CHECK(fs::exists(leftover.published()));
}

TEST_CASE("a folder that can not be read may hold something, and that is said once") {
  Leftover leftover;
  auto folders = folders_of(leftover.folder.path());
  folders.partial = FileDescriptor(::open(leftover.journal.c_str(), O_RDONLY | O_CLOEXEC));
  const CapturedStderr captured;
  CHECK(recover(folders, leftover.names, leftover.progress, leftover.told) == 1);
  CHECK(recover(folders, leftover.names, leftover.progress, leftover.told) == 1);
  CHECK(count(captured.text(), "cannot read .partial: ") == 1);
  CHECK(fs::exists(leftover.media));
}

TEST_CASE("a media file stays while a journal can not be read, and when it is whole") {
  Leftover leftover;
  const fs::path partial = partial_dir(leftover.folder.path());
  const auto orphan = partial / "20261123_101000-0123abcd_000000.mp4";
  SECTION("a journal is damaged: it may be its own") {
    std::ofstream(orphan) << "frames";
    const std::string bytes = "XXXXXXXX" + bytes_of(leftover.journal).substr(8);
    std::ofstream(leftover.journal, std::ios::binary) << bytes;
    CHECK(leftover.recover() == 1);
    CHECK(fs::exists(leftover.media));
    CHECK(fs::exists(leftover.journal));
  }
  SECTION("it is whole") {
    REQUIRE(leftover.recover() == 0);
    fs::rename(leftover.published(), orphan);
    CHECK(leftover.recover() == 0);
    CHECK(leftover.progress.left == 0);
  }
  CHECK(fs::exists(orphan));
}
