// An archive that runs, for tests.
#pragma once

#include "archive/archive.hpp"
#include "unit/archive/recording_files.hpp"
#include "unit/support/run_task.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace minidvr::test {

using namespace archive;
using namespace std::chrono_literals;

inline const WallTime kBegin = WallTime(microseconds(1'795'516'200'123'456));

// An archive that runs, on a disk of its own.
struct RunningArchive {
  RunningArchive() { start(); }
  ~RunningArchive() { stop(); }

  void start() {
    Archive::Options options{disk.path() / "recordings", disk.path() / "state",
                             [this] { return current_file; }, mark_protects};
    options.folder_gate = folder_gate;
    options.state_gate = state_gate;
    options.between_file_looks = between_file_looks;
    options.longest_silence = longest_silence;
    archive = std::make_unique<Archive>(tasks.executor(), pool, options);
    const auto note = [this](const Changes& changes) {
      parts.push_back(changes.added.size() + changes.changed.size() + changes.removed.size());
      for (const auto& name : changes.added)
        told += "+" + name + " ";
      for (const auto& name : changes.changed)
        told += "~" + name + " ";
      for (const auto& name : changes.removed)
        told += "-" + name + " ";
    };
    archive->observe(note, [this] {
      ++asked_to_go_on;
      return keeps_up;
    });
    running = std::make_unique<TaskGroup>(tasks.executor());
    running->spawn("archive", archive->run());
    wait_until([this] { return archive->complete(); });
  }
  void stop() {
    running->cancel();
    tasks.run(running->join());
    running.reset();
    archive.reset();
  }

  // Fails the test when it never comes to be.
  void wait_until(const std::function<bool()>& condition) {
    const auto wait = [&]() -> Task<> {
      for (int i = 0; i < 3000 && !condition(); ++i)
        co_await sleep_for(10ms);
    };
    tasks.run(wait());
    REQUIRE(condition());
  }

  std::string add(int number, int frames = 3) { return add_at(kBegin + number * 600s, frames); }
  std::string add_at(WallTime start, int frames = 3) {
    std::filesystem::create_directories(recordings());
    const std::string name = file_stamp(start) + ".mp4";
    write_recording(recordings(), name, start, frames);
    archive->look_again();
    return name;
  }
  std::string add_listed(int number) { return listed(add(number)); }
  std::string listed(std::string name) {
    wait_until([&] { return archive->index().find(name) != nullptr; });
    return name;
  }
  Result<Recording> change(const std::string& name, NotesChange change) {
    return tasks.run(archive->change(name, std::move(change)));
  }
  std::filesystem::path recordings() const { return disk.path() / "recordings"; }

  TemporaryFolder disk;
  std::string current_file;
  bool mark_protects = false;              // from the next start on
  milliseconds between_file_looks = 1min;  // the same
  milliseconds longest_silence = 15s;      // the same
  FolderGate folder_gate;                  // the same
  StateGate state_gate;                    // the same
  std::string told;
  std::vector<std::size_t> parts;  // how many names were told at once
  bool keeps_up = true;            // whoever is told
  int asked_to_go_on = 0;
  Tasks tasks;
  static constexpr std::size_t kThreads = 4;  // two may be held by a state folder
  BlockingPool pool{kThreads};
  std::unique_ptr<Archive> archive;
  std::unique_ptr<TaskGroup> running;
};

}  // namespace minidvr::test
