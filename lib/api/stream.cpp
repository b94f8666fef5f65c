#include "api/stream.hpp"

#include "api/multipart.hpp"
#include "api/snapshot.hpp"
#include "http/connection_writer.hpp"

#include <array>
#include <string>

namespace minidvr::api {
namespace {

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

Task<> relay(capture::FrameFeed& frames, http::ConnectionWriter& writer) {
  const capture::FrameFeed::Watcher watcher(frames);
  std::uint64_t shown = first_after(frames);
  if (!co_await writer.write(multipart::kFirstBoundary)) co_return;
  for (;;) {
    const capture::FramePtr frame = co_await frames.next(shown, SteadyTime::max());
    if (!frame) continue;
    if (!co_await write_part(writer, frame)) co_return;
    shown = frame->sequence;
  }
}

}  // namespace

void add_stream(http::Router& router, capture::FrameFeed& frames) {
  router.stream("/stream", http::Role::view, std::string(multipart::kContentType),
                [&frames](const http::Request&, http::ConnectionWriter& writer) {
                  return relay(frames, writer);
                });
}

std::string part_head(const capture::Frame& frame) {
  return multipart::part_head(frame.jpeg.size(), frame.wall);
}

}  // namespace minidvr::api
