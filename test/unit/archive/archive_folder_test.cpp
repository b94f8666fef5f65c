#include "archive/archive_folder.hpp"

#include "archive/clip_folder.hpp"
#include "archive/recording_name.hpp"
#include "archive/sidecar.hpp"
#include "support/captured_stderr.hpp"
#include "support/result_text.hpp"
#include "support/temporary_folder.hpp"
#include "unit/archive/recording_files.hpp"
#include "unit/support/failing_disk.hpp"

#include <chrono>
#include <filesystem>
#include <thread>

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace minidvr;
using namespace minidvr::archive;
using namespace minidvr::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr const char* kName = "20261124_101000.mp4";
constexpr const char* kOther = "20261124_102000.mp4";
const WallTime kStart = WallTime(microseconds(1'795'516'200'123'456));

std::vector<std::string> new_names(const ArchiveFolder& folder) {
  const auto differences = folder.compare({});
  REQUIRE(differences);
  CHECK(differences->gone.empty());
  return differences->to_read;
}

Recording read(const ArchiveFolder& folder, const std::string& name) {
  auto recordings = folder.read({name});
  REQUIRE(recordings);
  REQUIRE(recordings->size() == 1);
  return recordings->front();
}

ArchiveFolder::Known known(const Recording& recording) {
  return {recording.name, recording.facts.stamp, recording.notes_file().stamp};
}

}  // namespace

TEST_CASE("a recording is what its file tells") {
  const TemporaryFolder disk;
  const auto path = write_recording(disk.path(), kName, kStart, 5);
  const Recording recording = read(ArchiveFolder(disk.path()), kName);
  CHECK(recording.name == kName);
  CHECK_FALSE(recording.facts.damaged);
  CHECK(recording.facts.start == kStart);
  CHECK(recording.facts.length == std::chrono::milliseconds(200));
  CHECK(recording.facts.frames == 5);
  CHECK(recording.facts.width == 640);
  CHECK(recording.facts.height == 480);
  CHECK(recording.facts.stamp.bytes == fs::file_size(path));
  CHECK(recording.notes() == Notes{});
}

TEST_CASE("what can not be played is listed as damaged, at the time in its name") {
  const TemporaryFolder disk;
  disk.write(kName, "no MP4 at all");
  fs::resize_file(write_recording(disk.path(), kOther, kStart), 5000);
  const ArchiveFolder folder(disk.path());
  for (const auto* name : {kName, kOther}) {
    const Recording recording = read(folder, name);
    CHECK(recording.facts.damaged);
    CHECK(recording.facts.frames == 0);
    CHECK(recording.facts.length == microseconds(0));
    CHECK(file_stamp(recording.facts.start) + ".mp4" == name);
    CHECK(recording.facts.stamp.bytes > 0);
  }
  // A date that does not exist: the file's own time.
  disk.write("20261399_101000.mp4", "");
  const auto age =
      std::chrono::system_clock::now() - read(folder, "20261399_101000.mp4").facts.start;
  CHECK(age < std::chrono::minutes(10));
  CHECK(age > -std::chrono::minutes(10));
}

TEST_CASE("only regular files with a recording's name are listed, and nothing else is opened") {
  const TemporaryFolder disk;
  const TemporaryFolder elsewhere;
  write_recording(disk.path(), kName, kStart);
  const auto outside = write_recording(elsewhere.path(), kOther, kStart);
  fs::create_symlink(outside, disk.path() / kOther);
  fs::create_directory(disk.path() / "20261124_103000.mp4");
  REQUIRE(::mkfifo((disk.path() / "20261124_104000.mp4").c_str(), 0600) == 0);
  disk.write("holiday.mp4", "mine");
  disk.write("20261124_105000.mp4.part", "");
  disk.write(".20261124_105000.mp4", "");
  disk.write("\xFF\xFE.mp4", "");
  const ArchiveFolder folder(disk.path());
  CHECK(new_names(folder) == std::vector<std::string>{kName});
  for (const auto* name :
       {kOther, "20261124_103000.mp4", "20261124_104000.mp4", "20261124_106000.mp4"}) {
    CAPTURE(name);
    CHECK(folder.open(name).error().code == Errc::not_found);
    CHECK(folder.read({name})->empty());
  }
  // Swapped between the look and the opening.
  fs::remove(disk.path() / kName);
  fs::create_symlink(outside, disk.path() / kName);
  CHECK(folder.read({kName})->empty());
  CHECK(folder.open(kName).error().code == Errc::not_found);
}

TEST_CASE("what has changed is found: new, other content, other notes, gone") {
  const TemporaryFolder disk;
  write_recording(disk.path(), kName, kStart);
  write_recording(disk.path(), kOther, kStart);
  const ArchiveFolder folder(disk.path());
  CHECK(new_names(folder) == std::vector<std::string>{kOther, kName});
  const auto first = known(read(folder, kName));
  const auto second = known(read(folder, kOther));
  auto differences = folder.compare({first, second});
  REQUIRE(differences);
  CHECK(differences->to_read.empty());
  CHECK(differences->gone.empty());

  fs::resize_file(disk.path() / kName, 4000);
  disk.write("20261124_102000.json", R"({"protected":true})");
  differences = folder.compare({first, second});
  REQUIRE(differences);
  CHECK(differences->to_read == std::vector<std::string>{kOther, kName});
  CHECK(read(folder, kOther).notes().is_protected);

  fs::remove(disk.path() / kName);
  fs::remove(disk.path() / "20261124_102000.json");
  differences = folder.compare({first, second});
  REQUIRE(differences);
  CHECK(differences->to_read.empty());
  CHECK(differences->gone == std::vector<std::string>{kName});
}

TEST_CASE("of what the disk has not given it is seen that its rights were changed") {
  const TemporaryFolder disk;
  write_recording(disk.path(), kName, kStart);
  disk.write(sidecar_name(kName), R"({"note":"x"})");
  const ArchiveFolder folder(disk.path());
  auto not_given = known(read(folder, kName));
  not_given.stamp.modified = FileStamp::kNotRead;
  const auto before = folder.compare({not_given})->not_given;
  REQUIRE(before.size() == 1);
  CHECK_FALSE(folder.have_changed(before));
  std::this_thread::sleep_for(20ms);  // files have the time of the kernel's last tick
  fs::permissions(disk.path() / GENERATE(std::string(kName), sidecar_name(kName)),
                  fs::perms::owner_all);
  CHECK(folder.have_changed(before));
  const auto after = folder.compare({not_given})->not_given;
  REQUIRE(after.size() == 1);
  CHECK(after[0].stamp == before[0].stamp);
  CHECK(after[0].notes_stamp == before[0].notes_stamp);
  CHECK_FALSE(folder.have_changed(after));
}

TEST_CASE("a folder that is not there has no version, and can not be compared") {
  const TemporaryFolder disk;
  const ArchiveFolder folder(disk.path() / "none");
  CHECK(folder.version().error().code == Errc::not_found);
  CHECK(folder.compare({}).error().code == Errc::unavailable);
  CHECK_FALSE(folder.read({kName}));
  CHECK(folder.open(kName).error().code == Errc::unavailable);
  CHECK(folder.move_to_trash(kName).error().code == Errc::unavailable);
  CHECK(folder.restore(kName).error().code == Errc::unavailable);
  CHECK_FALSE(folder.purge(kName));
  folder.purge_all();
}

TEST_CASE("a version changes with the names in the folder") {
  const TemporaryFolder disk;
  const ArchiveFolder folder(disk.path());
  const auto before = folder.version().value();
  // A file system may count time in steps.
  for (int i = 0; i < 1000 && folder.version().value() == before; ++i) {
    disk.write(std::to_string(i), "");
    ::usleep(10'000);
  }
  CHECK_FALSE(folder.version().value() == before);
}

TEST_CASE("a folder of which the disk does not say whether it is there is not one that is gone") {
  const TemporaryFolder disk;
  // Links that lead in a circle fail in another way than what is missing, as a disk does.
  fs::create_symlink(disk.path() / "one", disk.path() / "other");
  fs::create_symlink(disk.path() / "other", disk.path() / "one");
  CHECK(ArchiveFolder(disk.path() / "one").version().error().code == Errc::unavailable);
  disk.write("file", "");
  CHECK(ArchiveFolder(disk.path() / "file").version().error().code == Errc::not_found);
}

TEST_CASE("notes are kept beside the file, and leave nothing when there are none") {
  const TemporaryFolder disk;
  write_recording(disk.path(), kName, kStart);
  const ArchiveFolder folder(disk.path());
  Notes notes;
  notes.is_protected = true;
  notes.note = "the moment";
  notes.marks.push_back({"00c0ffee00c0ffee", kStart, "here"});
  REQUIRE(folder.save_notes(kName, notes));
  const auto recording = read(folder, kName);
  CHECK(recording.notes() == notes);
  CHECK(recording.notes_file().stamp.bytes == fs::file_size(disk.path() / "20261124_101000.json"));
  REQUIRE(folder.save_notes(kName, {}));
  CHECK(read(folder, kName).notes() == Notes{});
  CHECK_FALSE(fs::exists(disk.path() / "20261124_101000.json"));
  CHECK(folder.save_notes(kName, {}));
}

TEST_CASE("notes that can not be read protect: nobody can say that they do not") {
  const TemporaryFolder disk;
  write_recording(disk.path(), kName, kStart);
  const ArchiveFolder folder(disk.path());
  disk.write("20261124_101000.json", "{");
  CHECK(read(folder, kName).notes().is_protected);
  disk.write("20261124_101000.json", std::string(kMostSidecarBytes + 1, ' '));
  CHECK(read(folder, kName).notes().is_protected);
  // What is no file is no sidecar.
  fs::remove(disk.path() / "20261124_101000.json");
  fs::create_symlink("/proc/self/environ", disk.path() / "20261124_101000.json");
  CHECK(read(folder, kName).notes() == Notes{});
}

TEST_CASE("a deleted recording comes back with its notes, until it is purged") {
  const TemporaryFolder disk;
  write_recording(disk.path(), kName, kStart);
  const ArchiveFolder folder(disk.path());
  Notes notes;
  notes.note = "x";
  REQUIRE(folder.save_notes(kName, notes));
  const auto before = read(folder, kName);
  REQUIRE(folder.move_to_trash(kName));
  CHECK(new_names(folder).empty());
  CHECK(folder.move_to_trash(kName).error().code == Errc::not_found);
  REQUIRE(folder.restore(kName));
  CHECK(read(folder, kName) == before);
  CHECK(folder.restore(kName).error().code == Errc::not_found);

  REQUIRE(folder.move_to_trash(kName));
  folder.purge(kName);
  CHECK(folder.restore(kName).error().code == Errc::not_found);
  CHECK(fs::is_empty(disk.path() / ".trash"));
}

TEST_CASE(
    "what can not be removed from the trash is told with the disk's reason, and tried again") {
  const TemporaryFolder disk;
  write_recording(disk.path(), kName, kStart);
  const ArchiveFolder folder(disk.path());
  REQUIRE(folder.save_notes(kName, {false, "x", {}}));
  REQUIRE(folder.move_to_trash(kName));
  const std::string ending = GENERATE(".mp4", ".json");
  {
    const CapturedStderr log;
    const FailingRemoval failing(ending);
    folder.purge(kName);
    CHECK(log.text().find("cannot remove 20261124_101000" + ending +
                          ", which was deleted, from .trash: Input/output error") !=
          std::string::npos);
  }
  CHECK(fs::exists(disk.path() / ".trash" / kName));
  folder.purge_all();
  CHECK(fs::is_empty(disk.path() / ".trash"));
}

TEST_CASE("why clips can not be had is the disk's reason, and not that none is of that name") {
  const TemporaryFolder disk;
  const ClipFolder none(disk.path());
  CHECK(none.remove("a.mp4").error().code == Errc::not_found);
  REQUIRE(none.prepare());
  CHECK(none.remove("a.mp4").error().code == Errc::not_found);
  const ClipFolder closed(disk.path(), [](int) -> Result<> {
    return make_error(Errc::unavailable, "another folder", Reason::wrong_folder);
  });
  CHECK(closed.remove("a.mp4").error().detail == "another folder");
  CHECK(closed.open("a.mp4").error().detail == "another folder");
  CHECK(closed.publish("0123456789abcdef", "a.mp4", {}).error().detail == "another folder");
  fs::remove_all(disk.path() / "clips");
  disk.write("clips", "a file");
  CHECK(none.prepare().error().detail ==
        "cannot open " + (disk.path() / "clips").string() + ": Not a directory");

  fs::remove(disk.path() / "clips");
  REQUIRE(none.prepare());
  disk.write("clips/.partial/clip-0123456789abcdef.mp4", "x");
  const CapturedStderr log;
  {
    const FailingRemoval failing(".mp4");
    none.discard_all();
  }
  CHECK(log.text().find("clip-0123456789abcdef.mp4: Input/output error") != std::string::npos);
  none.discard_all();
  CHECK(fs::is_empty(disk.path() / "clips/.partial"));
}

TEST_CASE("what is unlinked is gone with its notes, and what is protected or not ours stays") {
  const TemporaryFolder disk;
  write_recording(disk.path(), kName, kStart);
  write_recording(disk.path(), kOther, kStart);
  const ArchiveFolder folder(disk.path());
  REQUIRE(folder.save_notes(kName, {false, "x", {}}));
  REQUIRE(folder.save_notes(kOther, {true, "", {}}));
  CHECK(folder.unlink(kName));
  CHECK_FALSE(fs::exists(disk.path() / kName));
  CHECK_FALSE(fs::exists(disk.path() / "20261124_101000.json"));
  CHECK(folder.unlink(kName));  // somebody else was faster
  CHECK(folder.unlink(kOther).error().code == Errc::wrong_state);
  CHECK(fs::exists(disk.path() / kOther));
  // What has its name by now is none.
  fs::create_symlink("/dev/null", disk.path() / kName);
  CHECK(folder.unlink(kName));
  CHECK(fs::is_symlink(disk.path() / kName));
  CHECK(ArchiveFolder(disk.path() / "none").unlink(kName).error().code == Errc::unavailable);
}

TEST_CASE("what is not known to be a recording is never unlinked, and a person may delete it") {
  const TemporaryFolder disk;
  const ArchiveFolder folder(disk.path());
  const Film film = GENERATE(Film::h264, Film::mpeg4, Film::two_tracks);
  write_film(disk.path(), kName, kStart, film);
  CHECK(read(folder, kName).facts.foreign);
  CHECK(folder.unlink(kName).error().code == Errc::wrong_state);
  // A copy that is under way, or a file that is of no use to anybody.
  disk.write(kOther, "no MP4 at all");
  CHECK(read(folder, kOther).facts.foreign);
  CHECK(folder.unlink(kOther).error().code == Errc::wrong_state);
  for (const auto* name : {kName, kOther}) {
    CHECK(fs::exists(disk.path() / name));
    CHECK(folder.move_to_trash(name));
  }
  // A damaged one of ours goes as others do.
  fs::resize_file(write_recording(disk.path(), kName, kStart), 5000);
  CHECK(read(folder, kName).facts.damaged);
  CHECK_FALSE(read(folder, kName).facts.foreign);
  CHECK(folder.unlink(kName));
  CHECK_FALSE(fs::exists(disk.path() / kName));
}

TEST_CASE("what is deleted is asked for its notes once more, and what lies in them is found") {
  const TemporaryFolder disk;
  write_recording(disk.path(), kName, kStart);
  const ArchiveFolder folder(disk.path());
  REQUIRE(folder.save_notes(kName, {false, "x", {}}));
  const auto before = known(read(folder, kName));
  CHECK_FALSE(folder.have_changed({before}));
  disk.write("20261124_101000.json", R"({"protected":true,"note":"by hand"})");
  CHECK(folder.have_changed({before}));
  CHECK(folder.read_notes(kName)->notes.note == "by hand");
  const auto refused = folder.move_to_trash(kName);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::wrong_state);
  CHECK(refused.error().reason == Reason::is_protected);
  CHECK(fs::exists(disk.path() / kName));
}

TEST_CASE("a recording does not come back over another of its name") {
  const TemporaryFolder disk;
  write_recording(disk.path(), kName, kStart, 3);
  const ArchiveFolder folder(disk.path());
  REQUIRE(folder.move_to_trash(kName));
  write_recording(disk.path(), kName, kStart, 7);
  CHECK(folder.restore(kName).error().code == Errc::wrong_state);
  CHECK(read(folder, kName).facts.frames == 7);
  // Deleted in its turn, it takes the place of the first.
  REQUIRE(folder.move_to_trash(kName));
  REQUIRE(folder.restore(kName));
  CHECK(read(folder, kName).facts.frames == 7);
}

TEST_CASE("what an earlier run deleted goes, and nothing else") {
  const TemporaryFolder disk;
  write_recording(disk.path(), kName, kStart);
  write_recording(disk.path(), kOther, kStart);
  const ArchiveFolder folder(disk.path());
  REQUIRE(folder.move_to_trash(kName));
  disk.write(".trash/holiday.mp4", "mine");
  folder.purge_all();
  CHECK(new_names(folder) == std::vector<std::string>{kOther});
  CHECK(fs::exists(disk.path() / ".trash/holiday.mp4"));
  CHECK_FALSE(fs::exists(disk.path() / ".trash" / kName));
}

TEST_CASE("a trash that leads elsewhere is not used") {
  const TemporaryFolder disk;
  const TemporaryFolder elsewhere;
  write_recording(disk.path(), kName, kStart);
  write_recording(elsewhere.path(), kOther, kStart);
  fs::create_symlink(elsewhere.path(), disk.path() / ".trash");
  const ArchiveFolder folder(disk.path());
  CHECK(folder.move_to_trash(kName).error().code == Errc::unavailable);
  folder.purge_all();
  CHECK(fs::exists(elsewhere.path() / kOther));
  CHECK(fs::exists(disk.path() / kName));
}

TEST_CASE("in a folder that is not ours nothing is listed, changed or deleted") {
  const TemporaryFolder disk;
  const auto path = write_recording(disk.path(), kName, kStart, 5);
  REQUIRE(ArchiveFolder(disk.path()).save_notes(kName, {false, "of another one", {}}));
  fs::create_directory(disk.path() / ".trash");
  const auto deleted = write_recording(disk.path() / ".trash", kOther, kStart, 5);
  const auto count = [&] {
    return std::distance(fs::recursive_directory_iterator(disk.path()), {});
  };
  const auto before = count();
  const FolderGate closed = [](int) -> Result<> {
    return make_error(Errc::unavailable, "another folder", Reason::wrong_folder);
  };
  const ArchiveFolder folder(disk.path(), closed);
  CHECK(folder.version().error().code == Errc::not_found);
  CHECK(folder.compare({}).error().reason == Reason::wrong_folder);
  CHECK_FALSE(folder.read({kName}));
  CHECK_FALSE(folder.open(kName));
  CHECK_FALSE(folder.save_notes(kName, {}));
  CHECK_FALSE(folder.save_notes(kOther, {true, "", {}}));
  CHECK_FALSE(folder.unlink(kName));
  CHECK_FALSE(folder.move_to_trash(kName));
  CHECK_FALSE(folder.restore(kOther));
  folder.purge(kOther);
  folder.purge_all();
  CHECK_FALSE(ClipFolder(disk.path(), closed).prepare());
  CHECK(count() == before);
  CHECK(fs::exists(path));
  CHECK(fs::exists(deleted));
}
