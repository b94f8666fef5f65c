// What is in a recording: the file, where its frames lie, one of them.
#pragma once

#include "archive/archive.hpp"
#include "http/router.hpp"

#include <cstdint>
#include <string>

namespace minidvr::api {

// `archive` must outlive the router.
void add_recording_files(http::Router& router, archive::Archive& archive);

// Numbers little endian: "MDVRFRM1", u32 count, u32 first, i64 start (microseconds since 1970, of
// the file's first frame), u64 offset of frame `first` in the file; then per frame u32 size, u32
// microseconds since the one before. `first`: 0 to the number of frames.
std::string frame_index(const mp4::FrameTable& table, std::uint32_t first, WallTime start);

}  // namespace minidvr::api
