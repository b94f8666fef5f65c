// What is known of a segment that is still being written: enough to complete it without ffmpeg.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <sys/types.h>

namespace minidvr::recording {

// One frame of a segment.
struct Sample {
  microseconds time{0};    // since the first frame of the segment
  std::uint32_t size = 0;  // bytes
  bool operator==(const Sample&) const = default;
};

struct JournalHeader {
  std::uint32_t header_bytes = 0;    // reserved in the file for the moov box
  std::uint16_t width = 0;           // pixels
  std::uint16_t height = 0;          // pixels
  std::uint32_t frame_interval = 0;  // microseconds: how long the last frame is shown
  std::int64_t wall = 0;             // of the first frame, microseconds since 1970 UTC
  std::string boot_id;               // of the kernel that ran; see read_journal
  bool operator==(const JournalHeader&) const = default;
};

// File format, numbers little endian: "MDVRJRN1", u32 header_bytes, u16 width, u16 height,
// u32 frame_interval, u32 0, i64 wall, 36 bytes boot_id, 4 bytes 0; then records of 16 bytes:
// u64 time, u32 size, u32 CRC-32 of the 12 bytes before. A record of size 0 says that all frames
// before it are on the disk for good.
class JournalWriter {
 public:
  // Makes the file, which must not exist.
  static Result<JournalWriter> create(const std::filesystem::path& path,
                                      const JournalHeader& header);

  // All of them or, after an error, none.
  Result<> append(std::span<const Sample> samples);
  // Call after the segment itself was synced.
  Result<> append_sync_mark();
  Result<> sync();

 private:
  explicit JournalWriter(FileDescriptor file) : file_(std::move(file)) {}
  Result<> write(std::span<const std::uint8_t> bytes);

  FileDescriptor file_;
  off_t length_ = 0;  // bytes that are whole
};

struct Journal {
  JournalHeader header;
  std::vector<Sample> samples;  // those that may be trusted
};

// Reads as far as the file is sound. When the machine was started anew since (`boot_id` differs),
// only frames before the last sync mark are trusted: what came after may never have reached the
// disk. malformed: it is no journal.
Result<Journal> read_journal(const std::filesystem::path& path, const std::string& boot_id);

// The running kernel's id, new at every boot (random(4)).
std::string current_boot_id();

}  // namespace minidvr::recording
