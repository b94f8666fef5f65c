// What the recorder is doing, as plain values.
#pragma once

#include "core/histogram.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace minidvr::recording {

enum class RecorderState { idle, starting, recording, waiting_for_camera, stopping, failed };

// Counts are of the present recording, or of the last one when idle.
struct RecorderStatus {
  RecorderState state = RecorderState::idle;
  std::string detail;                 // why, when waiting or failed
  double seconds = 0;                 // since it was switched on, by a clock that nobody sets
  std::uint64_t frames = 0;           // synced
  std::uint64_t bytes = 0;            // of their JPEGs
  std::uint64_t dropped_frames = 0;   // received and lost, for want of disk
  std::uint64_t buffered_frames = 0;  // received and not synced
  std::uint64_t segments = 0;         // published
  std::uint64_t gaps = 0;             // times the camera was lost while recording
  std::uint64_t restarts = 0;         // ffmpegs that replaced one that failed
  std::uint64_t recovering = 0;       // segments of earlier runs that are not whole yet
  bool operator==(const RecorderStatus&) const = default;
};

// Why an ffmpeg was given up.
enum class MuxerFailure {
  not_started,
  ended,  // before it was to
  hung,
  file,  // what it wrote is not what it was given
  disk,  // a sync failed
};
inline constexpr std::size_t kMuxerFailures = 5;

// Counts of all recordings since the start of the program: they never go back.
struct RecorderTotals {
  std::uint64_t frames = 0;          // synced
  std::uint64_t bytes = 0;           // of their JPEGs
  std::uint64_t dropped_frames = 0;  // received and lost, for want of disk
  std::uint64_t segments = 0;        // published
  std::uint64_t gaps = 0;            // times the camera was lost while recording
  std::array<std::uint64_t, kMuxerFailures> restarts{};  // of ffmpeg, by MuxerFailure
  Histogram time_to_disk;  // of frames, from their capture until they are synced
  Histogram note_time;     // of looking what ffmpeg has written, and noting it
  Histogram sync_time;     // of the same with a sync
  bool operator==(const RecorderTotals&) const = default;
};

}  // namespace minidvr::recording
