// The moov box of a segment, made from the times and sizes of its frames.
//
// ISO/IEC 14496-12 (boxes), 14496-14 (mp4v, esds); JPEG is object type 0x6C (mp4ra.org).
#pragma once

#include "recording/journal.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace minidvr::recording::media {

// `payload_offset`: where the first frame starts in the file; the frames lie back to back from
// there.
std::vector<std::uint8_t> moov_box(const JournalHeader& header, std::span<const Sample> samples,
                                   std::uint64_t payload_offset);

}  // namespace minidvr::recording::media
