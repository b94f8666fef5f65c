#include "api/stream.hpp"

#include "api/multipart.hpp"
#include "api/query.hpp"
#include "api/snapshot.hpp"
#include "api/thinning.hpp"
#include "http/connection_writer.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace minidvr::api {
namespace {

constexpr std::string_view kUntyped = "application/octet-stream";

net::const_buffer buffer_of(std::string_view text) {
  return {text.data(), text.size()};
}

Task<bool> write_part(http::ConnectionWriter& writer, capture::FramePtr frame) {
  const std::string head = part_head(*frame);
  const std::array buffers = {buffer_of(head),
                              net::const_buffer(frame->jpeg.data(), frame->jpeg.size()),
                              buffer_of(multipart::kNextBoundary)};
  co_return co_await writer.write(buffers);
}

// The sequence after which to begin: a picture at once when the newest frame shows what is, else
// none before the next frame.
std::uint64_t first_after(const capture::FrameFeed& frames) {
  const auto& newest = frames.newest();
  if (!newest) return 0;
  const bool fresh = Steady::now() - newest->captured < kFreshFor;
  return fresh && newest->sequence > 0 ? newest->sequence - 1 : newest->sequence;
}

// Frames a second that are wanted; nullopt: all. malformed: what is allowed.
Result<std::optional<double>> wanted_fps(const http::Request& request) {
  const auto text = request.query_value("fps");
  if (!text) return std::optional<double>();
  const auto fps = parse_number<double>(*text);
  if (fps && *fps >= kSlowestStream && *fps <= kFastestStream) return fps;
  return make_error(Errc::malformed, fmt::format("fps: allowed is a number from {} to {}",
                                                 kSlowestStream, kFastestStream));
}

Result<std::string> stream_type(const http::Request& request) {
  if (const auto fps = wanted_fps(request); !fps) return fps.error();
  return std::string(request.query_value("raw") == "1" ? kUntyped : multipart::kContentType);
}

Task<> relay(capture::FrameFeed& frames, http::ConnectionWriter& writer,
             std::optional<double> fps) {
  std::optional<Thinning> thinning;
  if (fps) thinning.emplace(*fps);
  const capture::FrameFeed::Watcher watcher(frames);
  std::uint64_t shown = first_after(frames);
  if (!co_await writer.write(multipart::kFirstBoundary)) co_return;
  for (;;) {
    const capture::FramePtr frame = co_await frames.next(shown, SteadyTime::max());
    if (!frame) continue;
    shown = frame->sequence;
    if (thinning && !thinning->wants(frame->captured)) continue;
    if (!co_await write_part(writer, frame)) co_return;
  }
}

}  // namespace

void add_stream(http::Router& router, capture::FrameFeed& frames) {
  router.stream("/stream", http::Role::view, stream_type,
                [&frames](const http::Request& request, http::ConnectionWriter& writer) {
                  return relay(frames, writer, *wanted_fps(request));
                });
}

std::string part_head(const capture::Frame& frame) {
  return multipart::part_head(frame.jpeg.size(), frame.wall);
}

}  // namespace minidvr::api
