#include "api/index.hpp"
#include "api/snapshot.hpp"
#include "api/stream.hpp"
#include "core/version.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::api;

namespace {

capture::FramePtr frame_taken(SteadyTime when) {
  auto frame = std::make_shared<capture::Frame>();
  frame->jpeg = {0xff, 0xd8, 0x00, 0xff, 0xd9};
  frame->captured = when;
  frame->wall = WallTime(std::chrono::microseconds(1764000000000123));
  frame->sequence = 7;
  return frame;
}

}  // namespace

TEST_CASE("A snapshot is the newest frame, byte for byte") {
  const auto now = Steady::now();
  const auto response = snapshot_response(frame_taken(now - milliseconds(1999)), now);
  REQUIRE(response.has_value());
  CHECK(response->content_type == "image/jpeg");
  const auto bytes = response->body.bytes();
  CHECK(std::string(bytes.begin(), bytes.end()) == std::string("\xff\xd8\x00\xff\xd9", 5));
  CHECK(response->headers ==
        http::HeaderLines{{"Cache-Control", "no-store"}, {"X-Timestamp", "1764000000.000123"}});
}

TEST_CASE("There is no snapshot of what was two seconds ago") {
  const auto now = Steady::now();
  const auto old = snapshot_response(frame_taken(now - seconds(2)), now);
  REQUIRE_FALSE(old.has_value());
  CHECK(old.error().code == Errc::unavailable);
  CHECK(old.error().detail == "the newest frame is 2.0 s old; allowed are 2 s");
  const auto none = snapshot_response(nullptr, now);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == Errc::unavailable);
}

TEST_CASE("A part of the stream tells its length and its time") {
  CHECK(part_head(*frame_taken(Steady::now())) ==
        "Content-Type: image/jpeg\r\nContent-Length: 5\r\nX-Timestamp: 1764000000.000123\r\n\r\n");
}

TEST_CASE("The dashboard's template knows the version and the stream's port") {
  const auto page =
      render_index("<a data-v=\"{{version}}\" data-p=\"{{stream_port}}\">", {8080, 8000});
  REQUIRE(page.has_value());
  CHECK(*page == std::string("<a data-v=\"") + kVersion + "\" data-p=\"8000\">");
}

TEST_CASE("A broken template is an error, not a broken page") {
  CHECK_FALSE(render_index("{{#open}}", {8080, 8000}).has_value());
}
