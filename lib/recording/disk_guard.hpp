// Whether the disk has room for more, decided so that a segment can always be finished.
#pragma once

#include "recording/disk_space.hpp"

#include <cstdint>
#include <string>

namespace minidvr::recording {

// Recording stops while there is still room to finish the segment, and goes on only when there is
// clearly more, so that it does not flutter at the edge. No I/O.
class DiskGuard {
 public:
  // Kept free: file systems slow down and fail in odd ways on the last megabytes.
  static constexpr std::uint64_t kReserveBytes = 8 << 20;
  // And so many seconds of video, because free space is looked at now and then only.
  static constexpr double kReserveSeconds = 3;
  // A segment takes a media file and a journal, and the next one begins before it is complete.
  static constexpr std::uint64_t kReserveFiles = 6;
  // This much more than the reserve must be free before recording goes on.
  static constexpr std::uint64_t kHysteresisBytes = 4 << 20;
  static constexpr std::uint64_t kHysteresisFiles = 4;

  // `data_rate`: bytes a second. What does not tell its space is not full: a file that can not be
  // written says so.
  // Returns whether recording may go on.
  bool update(const DiskSpace& space, double data_rate);

  bool full() const { return bytes_full_ || files_full_; }
  // What to tell people; empty unless full.
  std::string problem() const;
  // Bytes below which recording stops.
  std::uint64_t reserve() const { return reserve_; }
  // Bytes of free space from which on it goes on again.
  std::uint64_t resume_at() const { return reserve_ + kHysteresisBytes; }

 private:
  bool bytes_full_ = false;
  bool files_full_ = false;
  std::uint64_t free_ = 0;
  std::uint64_t reserve_ = kReserveBytes;
};

inline bool DiskGuard::update(const DiskSpace& space, double data_rate) {
  free_ = space.free;
  reserve_ = kReserveBytes + static_cast<std::uint64_t>(data_rate * kReserveSeconds);
  files_full_ =
      space.takes_fewer_files_than(files_full_ ? kReserveFiles + kHysteresisFiles : kReserveFiles);
  bytes_full_ = space.is_known() && space.free < (bytes_full_ ? resume_at() : reserve_);
  return !full();
}

inline std::string DiskGuard::problem() const {
  if (!full()) return {};
  if (!bytes_full_) {
    return "the disk takes no further files, whatever their size; recording goes on by itself when "
           "some are deleted";
  }
  constexpr int kMebibyteBits = 20;
  return "the disk is full: " + std::to_string(free_ >> kMebibyteBits) +
         " MB free; recording goes on by itself from " +
         std::to_string((resume_at() >> kMebibyteBits) + 1) + " MB on";
}

}  // namespace minidvr::recording
