// GET /stream: the preview, relayed for pages behind one port.
#pragma once

#include "capture/frame_feed.hpp"
#include "http/router.hpp"

namespace minidvr::api {

// multipart/x-mixed-replace, every part a JPEG byte for byte. A client that is slow skips frames:
// each part is the newest frame at the moment when the one before it was sent. While no frames
// come, the response stays open and waits. ?fps= asks for fewer: kSlowestStream .. kFastestStream.
// ?raw=1: the same bytes as application/octet-stream, for scripts: WebKit gives the other type to
// images and documents alone.
inline constexpr double kSlowestStream = 0.1;
inline constexpr double kFastestStream = 120;
void add_stream(http::Router& router, capture::FrameFeed& frames);

// The lines before a frame's bytes.
std::string part_head(const capture::Frame& frame);

}  // namespace minidvr::api
