#include "api/snapshot.hpp"

#include <chrono>

#include <fmt/format.h>

namespace minidvr::api {

Result<http::Response> snapshot_response(const capture::FramePtr& newest, SteadyTime now) {
  if (!newest) {
    return make_error(Errc::unavailable, "no frame has come from the camera yet",
                      Reason::no_camera);
  }
  if (now - newest->captured >= kFreshFor) {
    return make_error(Errc::unavailable,
                      fmt::format("the newest frame is {:.1f} s old; allowed are 2 s",
                                  to_seconds(now - newest->captured)),
                      Reason::no_camera);
  }
  http::Response response;
  response.content_type = "image/jpeg";
  response.headers = {{"Cache-Control", "no-store"}, {"X-Timestamp", frame_timestamp(*newest)}};
  response.body = http::Body(newest, newest->jpeg.data(), newest->jpeg.size());
  return response;
}

void add_snapshot(http::Router& router, const capture::FrameFeed& frames) {
  router.get_page("/snapshot", http::Role::view,
                  [&frames](const http::Request&) -> Task<Result<http::Response>> {
                    co_return snapshot_response(frames.newest(), Steady::now());
                  });
}

std::string frame_timestamp(const capture::Frame& frame) {
  return timestamp_text(frame.wall);
}

std::string timestamp_text(WallTime captured) {
  const auto time =
      std::chrono::duration_cast<std::chrono::microseconds>(captured.time_since_epoch()).count();
  constexpr long kMicroseconds = 1'000'000;
  return fmt::format("{}.{:06}", time / kMicroseconds, time % kMicroseconds);
}

}  // namespace minidvr::api
