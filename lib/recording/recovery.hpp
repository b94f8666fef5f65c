// Makes whole what an earlier run, or a failure of this one, left in .partial.
#pragma once

#include "recording/segment_names.hpp"

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>

namespace minidvr::recording {

// How far it is; written by recover(), read by anybody.
struct RecoveryProgress {
  std::atomic<std::size_t> left{0};       // segments that are not closed yet
  std::atomic<std::size_t> published{0};  // since the start
  std::atomic<bool> stop{false};          // ends recover() before the next segment

  // Of segments that are whole and can not be published: how many, and why the first of them.
  void note_unmovable(std::size_t count, const std::string& why);
  // The same in words; empty: there is none. `partial`: where they are.
  std::string unmovable(const std::filesystem::path& partial) const;

 private:
  mutable std::mutex mutex_;
  std::size_t unmovable_ = 0;
  std::string why_unmovable_;
};

// Closes and publishes every segment in .partial that nobody writes, and returns of how many
// something stays there: what could not be closed, as it is, and what could not be removed. Runs
// beside recording. Of what another boot wrote, what was synced is trusted; only what came after
// the last sync (about a second) is read and judged, frame by frame. What was written by a program
// of this boot is trusted as far as the journal names it. `told`: what is wrong with which segment
// was logged before and need not be again. Blocks, but reads little and copies at most a second of
// video.
std::size_t recover(const Folders& folders, const NamesInUse& in_use, RecoveryProgress& progress,
                    std::set<std::string>& told);

}  // namespace minidvr::recording
