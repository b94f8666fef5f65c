// What is known of a segment that is still being written: enough to complete it without ffmpeg.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace minidvr::recording {

// One frame of a segment.
struct Sample {
  microseconds time{0};    // since the first frame of the segment
  std::uint32_t size = 0;  // bytes
  // Of its bytes, see digest_of(); 0: unknown.
  std::uint32_t digest = 0;
  bool operator==(const Sample&) const = default;
};

// Tells whether each sector of a frame is on the disk: CRC-32 of a few bytes out of every 256. Much
// less work than one of all bytes, and enough: a disk writes a sector whole or not at all. Never 0.
std::uint32_t digest_of(std::span<const std::uint8_t> frame);

struct JournalHeader {
  std::string media;                 // name of the file that ffmpeg writes, in the same folder
  std::uint32_t reserve = 0;         // bytes reserved in that file for the moov box
  std::uint16_t width = 0;           // pixels
  std::uint16_t height = 0;          // pixels
  std::uint32_t frame_interval = 0;  // microseconds: how long the last frame is shown
  std::int64_t wall = 0;             // of the first frame, microseconds since 1970 UTC
  std::string boot_id;               // of the kernel that ran; see current_boot_id
  bool operator==(const JournalHeader&) const = default;

  WallTime start() const { return WallTime(microseconds(wall)); }
};

// File format, numbers little endian: "MDVRJRN2", u32 reserve, u16 width, u16 height,
// u32 frame_interval, u32 length of the media file's name, i64 wall, 36 bytes boot_id, 4 bytes 0,
// the name; then records of 16 bytes: u64 time, u32 size, u32 CRC-32 of the 12 bytes before. A
// record of size 0 and time 0 says that all frames before it are synced, of size 0 and time 1 that
// the segment ends here, whatever the media file holds. "MDVRJRN1", of an earlier version, has no
// name (its length is 0): the media file is called like the journal.
class JournalWriter {
 public:
  // Makes the file NAME in the folder behind `folder`. wrong_state when there is one already.
  static Result<JournalWriter> create(int folder, const std::string& name,
                                      const JournalHeader& header);

  // All of them or, after an error, none.
  Result<> append(std::span<const Sample> samples);
  // Call after the media file itself was synced.
  Result<> append_sync_mark();
  Result<> sync();
  // Takes back all that was appended after the last sync(), and says that the segment ends there:
  // those frames go elsewhere.
  Result<> keep_synced();
  // Nothing is written any more.
  void close() { file_.reset(); }

 private:
  JournalWriter(FileDescriptor file, std::string name)
      : file_(std::move(file)), name_(std::move(name)) {}
  Result<> write(std::span<const std::uint8_t> bytes);
  Error cannot(std::string_view what, int number) const;

  FileDescriptor file_;
  std::string name_;
  off_t length_ = 0;  // bytes that are whole
  off_t synced_ = 0;  // bytes that were whole at the last sync()
};

struct Journal {
  JournalHeader header;
  std::vector<Sample> samples;
  std::size_t synced = 0;  // so many of them were on the disk for good
  bool ended = false;      // frames behind them went elsewhere
};

// Reads the file NAME in the folder behind `folder`, as far as it is sound. malformed: it is no
// journal.
Result<Journal> read_journal(int folder, const std::string& name);

// Whether the file NAME is a journal that did not get as far as its media file's name, or holds
// nothing but zeros: no frame of its segment was ever synced.
Result<bool> is_torn_journal(int folder, const std::string& name);

// The running kernel's id, new at every boot (random(4)). What another boot wrote and did not sync
// may never have reached the disk.
std::string current_boot_id();

}  // namespace minidvr::recording
