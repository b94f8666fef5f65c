#include "recording/known_folder.hpp"

#include "support/captured_stderr.hpp"
#include "support/file_bytes.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>

using namespace minidvr;
using recording::KnownFolder;
using test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

// A folder, and the memory of which one it is.
struct KnownPlace {
  TemporaryFolder folder;
  fs::path recordings = folder.path() / "disk/recordings";
  fs::path memory = folder.path() / "state/folders.json";
  fs::path marker = recordings / KnownFolder::kMarkerName;
  bool take_any = false;

  // As a start of the program finds it.
  KnownFolder started() const { return KnownFolder({recordings, memory, take_any, false}); }
  void record() const { REQUIRE(started().open_to_record()); }
  std::string id() const {
    std::ifstream file(marker);
    std::string line;
    std::getline(file, line);
    return line;
  }
  void set_marker(const std::string& id) const { std::ofstream(marker) << id << '\n'; }
};

const std::string kOtherId(32, 'a');

bool is_wrong_folder(const Result<>& result) {
  return !result && result.error().code == Errc::unavailable &&
         result.error().reason == Reason::wrong_folder;
}

}  // namespace

TEST_CASE("a folder that nothing was recorded to is not marked by a look at it") {
  const KnownPlace place;
  CHECK(place.started().look());
  CHECK_FALSE(fs::exists(place.recordings));
  fs::create_directories(place.recordings);
  CHECK(place.started().look());
  CHECK(fs::is_empty(place.recordings));
  CHECK_FALSE(fs::exists(place.memory));
  // Nor is one with recordings by who only looks.
  std::ofstream(place.recordings / "20261123_101000.mp4") << "x";
  CHECK(KnownFolder({place.recordings, place.memory, false, true}).look());
  CHECK_FALSE(fs::exists(place.marker));
}

TEST_CASE("a folder of an earlier version is known as soon as it is seen") {
  const KnownPlace place;
  fs::create_directories(place.recordings);
  std::ofstream(place.recordings / "20261123_101000.mp4") << "x";
  CHECK(place.started().look());
  CHECK(place.id().size() == 32);
  CHECK(fs::exists(place.memory));
}

TEST_CASE("recorders that begin at once and share a memory are all remembered") {
  const KnownPlace place;
  constexpr int kRecorders = 16;
  // However long a slow disk lets the others keep the lock.
  const auto recorder = [&](int number) {
    return KnownFolder({place.recordings / std::to_string(number),
                        place.memory,
                        place.take_any,
                        false,
                        {},
                        std::chrono::minutes(10)});
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kRecorders; ++i) {
    threads.emplace_back([&recorder, i] {
      auto known = recorder(i);
      [[maybe_unused]] const auto folder = known.open_to_record();
    });
  }
  for (auto& thread : threads)
    thread.join();
  for (int i = 0; i < kRecorders; ++i) {
    CAPTURE(i);
    std::ofstream(place.recordings / std::to_string(i) / KnownFolder::kMarkerName) << kOtherId;
    CHECK(is_wrong_folder(recorder(i).look()));
  }
}

TEST_CASE("a folder that was recorded to is known again by its marker") {
  const KnownPlace place;
  place.record();
  const std::string id = place.id();
  CHECK(id.size() == 32);
  CHECK(place.started().look());
  place.record();
  CHECK(place.id() == id);
}

TEST_CASE("another folder in its place is neither recorded to, nor listed, nor changed") {
  const KnownPlace place;
  place.record();
  place.set_marker(kOtherId);
  auto known = place.started();
  CHECK(is_wrong_folder(known.look()));
  const auto opened = known.open_to_record();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().reason == Reason::wrong_folder);
  CHECK(opened.error().detail.find("recordings_dir_id = any") != std::string::npos);
  const FileDescriptor folder(::open(place.recordings.c_str(), O_RDONLY | O_DIRECTORY));
  CHECK(is_wrong_folder(known.admit(folder.get())));
  CHECK(place.id() == kOtherId);
  CHECK(std::distance(fs::directory_iterator(place.recordings), {}) == 1);
}

TEST_CASE("a folder that changes under a program that runs is noticed") {
  const KnownPlace place;
  auto known = place.started();
  REQUIRE(known.open_to_record());
  fs::rename(place.recordings, place.folder.path() / "pulled");
  fs::create_directories(place.recordings);
  place.set_marker(kOtherId);
  CHECK(is_wrong_folder(known.look()));
  fs::remove_all(place.recordings);
  fs::rename(place.folder.path() / "pulled", place.recordings);
  CHECK(known.look());
}

TEST_CASE("a folder that somebody emptied or removed on the same disk is the same") {
  const KnownPlace place;
  place.record();
  const std::string id = place.id();
  SECTION("its marker is gone") {
    fs::remove(place.marker);
  }
  SECTION("its marker is cut off by a power cut") {
    std::ofstream(place.marker) << "";
  }
  SECTION("all of it is gone") {
    fs::remove_all(place.recordings.parent_path());
  }
  CHECK(place.started().look());
  place.record();
  CHECK(place.id() == id);
}

TEST_CASE("the owner says that another folder is right, and it is from then on") {
  KnownPlace place;
  place.record();
  place.set_marker(kOtherId);
  SECTION("by the setting") {
    place.take_any = true;
    place.record();
    place.take_any = false;
  }
  SECTION("by removing what was remembered, while the program runs") {
    auto known = place.started();
    CHECK(is_wrong_folder(known.look()));
    fs::remove(place.memory);
    CHECK(known.look());
  }
  CHECK(place.started().look());
  CHECK(place.id() == kOtherId);
}

TEST_CASE("a memory that is damaged is no word for what may lie below a disk that is not mounted") {
  KnownPlace place;
  place.record();
  const auto* bytes = GENERATE(as<const char*>(), "{\"/x", "", "[]", nullptr);
  if (bytes != nullptr) {
    std::ofstream(place.memory) << bytes;
  } else {  // it can not be read
    fs::remove(place.memory);
    fs::create_directories(place.memory);
  }
  const auto unmounted = place.folder.path() / "unmounted";
  fs::rename(place.recordings, unmounted);
  CHECK(is_wrong_folder(place.started().look()));
  fs::create_directories(place.recordings);
  auto known = place.started();
  const auto opened = known.open_to_record();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().reason == Reason::wrong_folder);
  CHECK(opened.error().detail.find(place.memory.string()) != std::string::npos);
  CHECK(fs::is_empty(place.recordings));
  if (GENERATE(false, true)) {
    place.take_any = true;
  } else {  // its marker says that it is no folder below
    fs::remove(place.recordings);
    fs::rename(unmounted, place.recordings);
  }
  place.record();
}

TEST_CASE("what can not be remembered on a disk is remembered while the program runs, and told") {
  const KnownPlace place;
  std::ofstream(place.folder.path() / "state") << "a file is in the way";
  const test::CapturedStderr captured;
  auto known = place.started();
  REQUIRE(known.open_to_record());
  place.set_marker(kOtherId);
  // As if it had been unmounted.
  fs::rename(place.recordings, place.folder.path() / "pulled");
  fs::create_directories(place.recordings);
  place.set_marker(std::string(32, 'b'));
  CHECK(is_wrong_folder(known.look()));
  CHECK(test::count(captured.text(), "not be mounted") == 1);
}

TEST_CASE("a /tmp that systemd made for a service is known by its mount") {
  const std::string mounts =
      "29 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
      "612 29 8:1 /tmp/systemd-private-0b5c-mini-dvr.service-kLq2/tmp /tmp rw - ext4 /dev/sda1 rw\n"
      "61 29 8:2 / /mnt rw - ext4 /dev/sda2 rw\n";
  const auto lies_there = [&](const std::string& id) {
    return recording::lies_in_private_tmp(
        "pos:\t0\nflags:\t0100000\nmnt_id:\t" + id + "\nino:\t2\n", mounts);
  };
  CHECK(lies_there("612"));
  CHECK_FALSE(lies_there("61"));
  CHECK_FALSE(lies_there("29"));
  CHECK_FALSE(lies_there("7"));
  CHECK_FALSE(recording::lies_in_private_tmp("", mounts));
}

TEST_CASE("that recordings lie in memory stands in the log, once") {
  const fs::path shared_memory = "/dev/shm";
  if (!fs::is_directory(shared_memory)) {
    WARN("there is no /dev/shm here");
    return;
  }
  const TemporaryFolder memory(shared_memory);
  const TemporaryFolder state;
  const test::CapturedStderr captured;
  KnownFolder known({memory.path(), state.path() / "folders.json", false, false});
  REQUIRE(known.open_to_record());
  CHECK(known.look());
  REQUIRE(known.open_to_record());
  CHECK(test::count(captured.text(), memory.path().string() + " lies in memory: ") == 1);
}

TEST_CASE("what could not be remembered is, once it can") {
  const KnownPlace place;
  const auto state = place.memory.parent_path();
  const auto busy = GENERATE(false, true);  // another program has the lock, or a file is in the way
  auto options = KnownFolder::Options{place.recordings, place.memory, false, false};
  options.longest_lock_wait = milliseconds(1);
  options.between_tries = seconds(0);
  FileDescriptor lock;
  if (busy) {
    lock = std::move(*lock_for_change(place.memory));
  } else {
    std::ofstream(state) << "x";
  }
  const test::CapturedStderr captured;
  KnownFolder known(options);
  REQUIRE(known.open_to_record());
  CHECK(known.look_for_state(false));
  CHECK_FALSE(fs::exists(place.memory));
  lock.reset();
  if (!busy) fs::remove(state);
  CHECK(known.look());
  CHECK_FALSE(fs::exists(place.memory));  // a disk that hangs would hold up the recording
  CHECK(known.look_for_state(false));
  CHECK(known.look_for_state(false));
  CHECK(fs::exists(place.memory));
  CHECK(test::count(captured.text(), "is remembered now") == 1);
  place.set_marker(kOtherId);
  CHECK(is_wrong_folder(place.started().look()));
}

TEST_CASE("a memory that was away, and knows another folder, is not written over") {
  const KnownPlace place;
  place.record();
  const auto state = place.memory.parent_path();
  fs::rename(state, place.folder.path() / "away");
  std::ofstream(state) << "x";
  fs::rename(place.recordings, place.folder.path() / "pulled");
  auto options = KnownFolder::Options{place.recordings, place.memory, false, false};
  options.between_tries = seconds(0);
  KnownFolder known(options);
  REQUIRE(known.open_to_record());  // nobody knows better
  fs::remove(state);
  fs::rename(place.folder.path() / "away", state);
  const auto before = test::file_bytes(place.memory);
  CHECK(known.look_for_state(false));
  CHECK(test::file_bytes(place.memory) == before);
  CHECK(is_wrong_folder(known.look()));
}

TEST_CASE("each path has a folder of its own") {
  const KnownPlace place;
  place.record();
  const fs::path other = place.folder.path() / "other";
  REQUIRE(KnownFolder({other, place.memory, false, false}).open_to_record());
  CHECK(place.started().look());
  CHECK(KnownFolder({other, place.memory, false, false}).look());
}

TEST_CASE("where it is remembered does not go away with the recordings") {
  Settings settings;
  settings.recordings_dir = "/media/stick/recordings";
  settings.accounts_file = "/var/lib/mini-dvr/accounts.json";
  settings.state_dir = "/media/stick/recordings/.state";
  CHECK(recording::state_lies_with_recordings(settings));
  CHECK(recording::memory_of(settings) == "/var/lib/mini-dvr/recordings_folders.json");
  settings.state_dir = "/media/stick/recordings-state";
  CHECK_FALSE(recording::state_lies_with_recordings(settings));
  CHECK(recording::memory_of(settings) == "/media/stick/recordings-state/recordings_folders.json");
}

namespace {

// A folder on another file system than temporary folders; nothing where there is none.
std::optional<fs::path> folder_on_another_disk(const fs::path& here) {
  const fs::path shm = "/dev/shm";
  struct stat one {};
  struct stat other {};
  if (::stat(here.c_str(), &one) != 0 || ::stat(shm.c_str(), &other) != 0) return std::nullopt;
  std::string name = (shm / "mini-dvr-test-XXXXXX").string();
  if (one.st_dev == other.st_dev || ::mkdtemp(name.data()) == nullptr) return std::nullopt;
  return name;
}

}  // namespace

TEST_CASE("a memory that lies on the disk of the recordings is kept elsewhere, too") {
  const KnownPlace here;
  const auto other_disk = folder_on_another_disk(here.folder.path());
  if (!other_disk) {
    WARN("not run: there is no second file system");
    return;
  }
  const fs::path stick = *other_disk;
  const fs::path elsewhere = here.folder.path() / "accounts/recordings_folders.json";
  const auto started = [&] {
    return KnownFolder(
        {stick / "recordings", stick / "state/folders.json", false, false, elsewhere});
  };
  SECTION("from the first recording on") {
    REQUIRE(started().open_to_record());
  }
  SECTION("also when an earlier version remembered it on the disk alone") {
    REQUIRE(KnownFolder({stick / "recordings", stick / "state/folders.json", false, false})
                .open_to_record());
    CHECK_FALSE(fs::exists(elsewhere));
    CHECK(started().look());
  }
  CHECK(fs::exists(elsewhere));
  // The disk is pulled: what lies below knows nothing, or something else.
  fs::remove_all(stick / "state");
  fs::remove_all(stick / "recordings");
  fs::create_directories(stick / "recordings");
  std::ofstream(stick / "recordings" / KnownFolder::kMarkerName) << kOtherId << '\n';
  CHECK(is_wrong_folder(started().look()));
  CHECK_FALSE(started().open_to_record());
  CHECK(is_wrong_folder(started().look_for_state(false)));
  fs::remove_all(stick);
}

TEST_CASE("a memory that stays where it is needs no second one") {
  const KnownPlace place;
  const fs::path elsewhere = place.folder.path() / "accounts/recordings_folders.json";
  KnownFolder known({place.recordings, place.memory, false, false, elsewhere});
  REQUIRE(known.open_to_record());
  CHECK(fs::exists(place.memory));
  CHECK_FALSE(fs::exists(elsewhere));
  fs::remove_all(place.recordings);
  fs::create_directories(place.recordings);
  place.set_marker(kOtherId);
  CHECK(is_wrong_folder(known.look()));
  CHECK(known.look_for_state(false));
  CHECK(is_wrong_folder(known.look_for_state(true)));
}
