// What was read of the recordings' own headers, so that a start with 20,000 files need not read
// them again. What people know of them is not in it: that lies in their sidecars. No I/O here.
#pragma once

#include "archive/recording.hpp"
#include "core/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::archive {

struct CachedFacts {
  std::string name;  // of the file; 1 to 255 bytes without '/' and NUL
  FileFacts facts;
  bool operator==(const CachedFacts&) const = default;
};

// Bytes of a cache file: 500,000 recordings, which is nine years of ten minutes each. A larger file
// is none of ours.
inline constexpr std::size_t kMostCacheBytes = 32 << 20;

// File format, numbers little endian: "MDVRIDX1", u32 number of entries, the entries, u32 CRC-32 of
// all before. An entry, 61 bytes for 20261124_101000.mp4: u8 length of the name, the name, u64
// bytes of the file, i64 modified in nanoseconds since 1970, i64 start in microseconds since 1970,
// i64 length in microseconds, u32 frames, u16 width, u16 height, u8 damaged (0 or 1). In the order
// given. Left out is what could not be read again, and has to be read from its file at every start:
// a name that no file has, a length below 0, an end() that WallTime does not reach.
std::string serialize_cache(const std::vector<CachedFacts>& entries);

// All entries, in their order; what serialize_cache does not write is not in them, so end() is
// safe. malformed: why it is no cache, or one that is damaged; then it is best forgotten. Whatever
// the bytes, no more memory is taken than a few times their number.
Result<std::vector<CachedFacts>> parse_cache(std::string_view bytes);

}  // namespace minidvr::archive
