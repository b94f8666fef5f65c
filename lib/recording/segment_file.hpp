// The disk side of a segment that is being written. Every call blocks: use it on the blocking pool,
// one call at a time.
#pragma once

#include "core/error.hpp"
#include "core/file.hpp"
#include "recording/journal.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace minidvr::recording {

class SegmentFile {
 public:
  // Picks a free name, makes the folders and the journal.
  static Result<SegmentFile> create(const std::filesystem::path& recordings_dir,
                                    WallTime first_frame, JournalHeader header);

  const std::string& stem() const { return stem_; }
  std::filesystem::path path() const;

  struct Progress {
    std::uint64_t file_bytes = 0;
    std::size_t confirmed = 0;  // how many more of the samples are in the file for good
    std::string problem;        // what went wrong with the disk; empty: nothing
  };

  // Looks how far ffmpeg has come and notes it in the journal. `written`: the samples given to
  // ffmpeg and not confirmed yet. `sync`: also makes sure that a power cut does not take them back.
  Progress follow(std::span<const Sample> written, bool sync);

  // The whole of it is given to ffmpeg, and ffmpeg has ended: checks that the file is complete and
  // publishes it. `samples` and `bytes`: all that was given to it. Returns the name.
  Result<std::string> finish(std::size_t samples, std::uint64_t bytes);

  // ffmpeg did not finish it: completes it with the frames that follow() confirmed, and publishes
  // it. Returns the name; empty when it held no frame and was removed.
  Result<std::string> complete();

 private:
  SegmentFile(std::filesystem::path recordings_dir, std::string stem, JournalHeader header,
              JournalWriter journal);
  std::filesystem::path journal_path() const;
  void open_when_there();

  std::filesystem::path recordings_dir_;
  std::string stem_;
  JournalHeader header_;
  JournalWriter journal_;
  FileDescriptor file_;
  std::optional<std::uint64_t> payload_;  // where the first frame lies
  std::uint64_t confirmed_bytes_ = 0;
};

// Makes complete files of all that an earlier run left in .partial. Returns how many it published.
// Call it before anything is written there.
std::size_t recover_all(const std::filesystem::path& recordings_dir);

}  // namespace minidvr::recording
