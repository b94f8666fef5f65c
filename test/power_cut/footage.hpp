// The frames of a recording: what was in them, where they were written, and from when on a power
// cut must not take them away. All of it comes from the log and from the finished files.
#pragma once

#include "power_cut/disk_model.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::power_cut {

struct Frame {
  DiskModel::FileNumber file = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::size_t hash = 0;
  std::size_t written = 0;              // position of the last call that wrote a part of it
  std::chrono::nanoseconds given{0};    // when that was
  std::optional<std::size_t> promised;  // position of the call that made it safe
};

// What is read out of finished files, for comparison.
struct FoundFrame {
  std::uint64_t number;  // 0: not one of the virtual camera's
  std::size_t hash;
};
// Throws IncompleteMp4.
std::vector<FoundFrame> frames_in(const std::string& file);

class Footage {
 public:
  // Throws when a file of the recording is not complete at its end.
  Footage(const WriteLog& log, const DiskModel& model);

  const std::map<std::uint64_t, Frame>& frames() const { return frames_; }

  // The numbers of the frames that a cut before the call at `cut` must leave: those that were
  // synced, and those that were written more than `bound` before.
  std::vector<std::uint64_t> required(std::size_t cut, std::chrono::nanoseconds bound) const;

  // One sync of a file, and one of its journal, at their longest.
  std::chrono::nanoseconds time_of_syncs() const { return time_of_syncs_; }
  // The longest time between writing a frame and having it promised; max() when one never was.
  std::chrono::nanoseconds worst_delay() const;

 private:
  void find_frames(const DiskModel& model);
  void promise(const DiskModel& model);
  void promise_when_published(const DiskModel& model);
  std::vector<Frame*> frames_of(DiskModel::FileNumber file);  // in their order
  static void promise_from(Frame& frame, const DiskModel::Sync& sync, std::size_t since);
  void measure_syncs(const DiskModel& model);

  const WriteLog& log_;
  std::map<std::uint64_t, Frame> frames_;
  std::chrono::nanoseconds time_of_syncs_{0};
};

}  // namespace minidvr::power_cut
