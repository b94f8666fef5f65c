// When the first frame of a file was captured, to the microsecond: MP4 itself tells whole seconds,
// and the name of a recording is local time. It lies in the `free` box behind the moov box, whose
// content players skip: "MDVRTIME", then microseconds since 1970 UTC, 64 bits, big endian. It moves
// with the file wherever that is copied.
#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace minidvr::mp4 {

// The beginning of a `free` box of `size` bytes (8 at least), with the time in it where there is
// room.
std::vector<std::uint8_t> free_box_with_start(std::uint32_t size, WallTime start);

// Writes the time into a file that is whole. False when there is no such box with room, or it can
// not be written: errno says why then.
bool write_capture_start(int file, WallTime start);

// nullopt when the file does not tell.
std::optional<WallTime> read_capture_start(int file);

}  // namespace minidvr::mp4
