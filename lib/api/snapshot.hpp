// GET /snapshot: the newest frame.
#pragma once

#include "capture/frame_feed.hpp"
#include "core/clock.hpp"
#include "http/router.hpp"

namespace minidvr::api {

// An older frame does not show what the camera sees now.
inline constexpr auto kFreshFor = std::chrono::seconds(2);

// The frame's bytes as the camera sent them; unavailable when there is none younger than kFreshFor.
Result<http::Response> snapshot_response(const capture::FramePtr& newest, SteadyTime now);

void add_snapshot(http::Router& router, const capture::FrameFeed& frames);

// When a frame was taken, in seconds since 1970, as ustreamer writes it: 1764000000.123456
std::string frame_timestamp(const capture::Frame& frame);
std::string timestamp_text(WallTime captured);

}  // namespace minidvr::api
