// The log of what programs did to the files of one folder: written by the preloaded library of all
// of them at once, read by the test when they have ended. A file that everybody maps: a header,
// then records one behind the other, in the order in which the calls began.
#pragma once

#include <atomic>
#include <cstdint>

namespace minidvr::power_cut {

constexpr std::uint64_t kLogMagic = 0x31474f4c54554350;  // "PCUTLOG1"
// Sparse: only what is used takes room. A minute of a small camera is some 50 MB.
constexpr std::uint64_t kLogBytes = std::uint64_t{1} << 30;

// What the preloaded library is told by its environment.
constexpr const char* kLogVariable = "POWER_CUT_LOG";         // the log; unset: nothing is noted
constexpr const char* kFolderVariable = "POWER_CUT_FOLDER";   // whose files are noted; absolute
constexpr const char* kBootIdVariable = "POWER_CUT_BOOT_ID";  // what the kernel's boot_id reads as
constexpr const char* kWithParentVariable = "POWER_CUT_WITH_PARENT";  // set: ends with its parent

enum class Call : std::uint16_t {
  write = 1,    // offset, length, data
  resize,       // length: truncated or extended to so many bytes
  reserve,      // offset, length: the file is at least so long then
  sync_begin,   // of a file or a folder
  sync_end,     // offset: where in the log its sync_begin stands
  open_file,    // name; with O_CREAT, O_TRUNC or both: length is 1 when it truncates
  make_folder,  // name
  rename,       // name, other name
  link,         // name, other name
  remove,       // name
  unknown,      // name: of a call that no model knows
};

enum class Outcome : std::uint16_t { pending, done, failed };

struct LogHeader {
  std::uint64_t magic;
  std::atomic<std::uint64_t> end;  // where the next record goes
};

// Followed by `bytes` - sizeof(Record) bytes: data, or names that end in NUL, filled up to a
// multiple of 8. A record stands there before its call is made, so that nothing is seen by anybody
// that is not in the log yet; what the call came to is filled in afterwards.
struct Record {
  std::uint32_t bytes;
  Call call;
  std::atomic<Outcome> outcome;
  std::int64_t begun;  // CLOCK_MONOTONIC, nanoseconds
  std::int64_t ended;
  std::uint64_t device;
  std::uint64_t inode;  // 0: not known
  std::uint64_t offset;
  std::uint64_t length;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(LogHeader) % 8 == 0 && sizeof(Record) % 8 == 0);

}  // namespace minidvr::power_cut
