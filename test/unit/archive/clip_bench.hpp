// Clips of small recordings, made by the real ffmpeg or by a script in its place.
#pragma once

#include "archive/clips.hpp"
#include "mp4/boxes.hpp"
#include "unit/archive/recording_files.hpp"
#include "unit/support/run_task.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace minidvr::test {

// A frame, as a file holds it.
struct FilmedFrame {
  std::string bytes;
  microseconds time{0};
  bool operator==(const FilmedFrame&) const = default;
};

inline std::vector<FilmedFrame> frames_in(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto table = mp4::read_frames(file.get());
  REQUIRE(table);
  std::vector<FilmedFrame> frames;
  for (std::size_t i = 0; i < table->frames.size(); ++i) {
    std::vector<std::uint8_t> bytes(table->frames[i].size);
    REQUIRE(mp4::read_at(file.get(), table->offset_of(i), bytes));
    frames.push_back({{bytes.begin(), bytes.end()}, table->frames[i].time});
  }
  return frames;
}

// An archive and its clips that run, on a disk of their own.
class ClipBench {
 public:
  // `script`: in ffmpeg's place; empty: the real one.
  explicit ClipBench(const std::string& script = "")
      : before_(std::signal(SIGPIPE, SIG_IGN)), ffmpeg_("ffmpeg") {
    std::filesystem::create_directories(recordings());
    if (!script.empty()) {
      ffmpeg_ = disk.write("ffmpeg", "#!/bin/sh\n" + script + "\n");
      std::filesystem::permissions(ffmpeg_, std::filesystem::perms::owner_all);
    }
  }
  ~ClipBench() {
    stop();
    std::signal(SIGPIPE, before_);
  }

  void start() {
    archive::Archive::Options options{recordings(), disk.path() / "state",
                                      [this] { return current_file; }};
    archive = std::make_unique<archive::Archive>(tasks.executor(), pool, options);
    clips = std::make_unique<archive::Clips>(
        tasks.executor(), *archive, archive::Clips::Options{recordings(), ffmpeg_.string(), gate});
    clips->observe([this](const archive::Clip& clip) { told.push_back(clip); });
    running_ = std::make_unique<TaskGroup>(tasks.executor());
    running_->spawn("archive", archive->run());
    wait_until([this] { return archive->complete(); });
    clips->run();
  }
  void stop() {
    if (!running_) return;
    tasks.run(clips->shut_down());
    running_->cancel();
    tasks.run(running_->join());
    running_.reset();
    clips.reset();
    archive.reset();
  }

  // Fails the test when it never comes to be.
  void wait_until(const std::function<bool()>& condition) {
    const auto wait = [&]() -> Task<> {
      // An ffmpeg of a clip comes after all else that the machine has to do.
      const auto deadline = Steady::now() + std::chrono::minutes(10);
      while (!condition() && Steady::now() < deadline)
        co_await sleep_for(milliseconds(5));
    };
    tasks.run(wait());
    REQUIRE(condition());
  }

  // Before start(): a recording of frames 40 ms apart.
  std::string add(WallTime start, int frames) {
    std::string name = file_stamp(start) + ".mp4";
    if (std::filesystem::exists(recordings() / name)) name = file_stamp(start) + "_1.mp4";
    write_recording(recordings(), name, start, frames);
    return name;
  }

  Result<archive::Clip> create(archive::ClipRequest request) {
    return tasks.run(clips->create(std::move(request)));
  }
  // Waits until it is over.
  archive::Clip make(archive::ClipRequest request) {
    const auto created = create(std::move(request));
    REQUIRE(created);
    return wait_for(created->id);
  }
  archive::Clip wait_for(const std::string& id) {
    wait_until([&] { return clips->find(id)->is_over(); });
    return *clips->find(id);
  }

  std::filesystem::path recordings() const { return disk.path() / "recordings"; }
  std::filesystem::path file(const archive::Clip& clip) const {
    return recordings() / "clips" / clip.name;
  }
  // What lies in the clips' folder, without .partial, and in that.
  std::vector<std::string> names(const std::string& folder = "clips") const {
    std::vector<std::string> names;
    std::error_code ec;
    for (const auto& entry : std::filesystem::directory_iterator(recordings() / folder, ec)) {
      if (entry.path().filename() != ".partial") names.push_back(entry.path().filename());
    }
    return names;
  }
  std::vector<std::string> leftovers() const { return names("clips/.partial"); }

  TemporaryFolder disk;
  std::string current_file;
  archive::FolderGate gate;  // from the next start on
  std::vector<archive::Clip> told;
  Tasks tasks;
  BlockingPool pool{2};
  std::unique_ptr<archive::Archive> archive;
  std::unique_ptr<archive::Clips> clips;

 private:
  void (*before_)(int);
  std::filesystem::path ffmpeg_;
  std::unique_ptr<TaskGroup> running_;
};

}  // namespace minidvr::test
