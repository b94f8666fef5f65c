// GET /api/frames: the frames of a stretch of time as one stream, over file boundaries.
#pragma once

#include "archive/archive.hpp"
#include "http/router.hpp"

namespace minidvr::api {

// multipart/x-mixed-replace, every part a JPEG byte for byte, with X-Timestamp and X-Recording; the
// closing boundary tells that nothing is missing. Read from the disk only as fast as the client
// reads. `archive` must outlive the router.
void add_frames(http::Router& router, archive::Archive& archive);

}  // namespace minidvr::api
