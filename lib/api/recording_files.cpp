#include "api/recording_files.hpp"

#include "api/query.hpp"
#include "api/snapshot.hpp"
#include "archive/recording_name.hpp"
#include "core/file.hpp"
#include "http/file_response.hpp"
#include "http/validators.hpp"
#include "mp4/boxes.hpp"

#include <cerrno>
#include <cmath>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace minidvr::api {
namespace {

using archive::Archive;

// Empty for what is being written: its header is going to change.
std::string etag_of(const archive::OpenRecording& open, std::string_view what = "") {
  if (open.growing) return {};
  return fmt::format("\"{:x}-{:x}{}\"", open.stamp.bytes, open.stamp.modified, what);
}

// Tells the client which version it is, unless there is none; true: it has that already, and needs
// no more of the answer.
bool client_has(const http::Request& request, http::Response& response, const std::string& etag) {
  response.headers.emplace_back("Cache-Control", "no-cache");
  if (etag.empty()) return false;
  response.headers.emplace_back("ETag", etag);
  if (!http::has_version(request.header(http::Field::if_none_match), etag)) return false;
  response.status = http::Status::not_modified;
  return true;
}

template <std::integral Number>
void put_little(std::string& out, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
}

Error not_a_frame(std::string_view name, std::size_t most) {
  return make_error(Errc::refused,
                    fmt::format("{}: allowed is a whole number from 0 to {}", name, most));
}

Task<Result<http::Response>> get_file(Archive& archive, const http::Request& request) {
  const std::string& name = request.parameter("name");
  auto open = co_await archive.open(name);
  if (!open) co_return open.error();
  http::ServedFile served{open->file, open->stamp.bytes, etag_of(*open), "video/mp4", {}};
  if (request.query_value("download") == "1") served.download_name = name;
  auto response = http::file_response(request, archive.pool(), std::move(served));
  // Who asks what there is, or has it already, reads nothing.
  if (response.file && request.verb != http::Verb::head) {
    response.file->file = archive.use(name, *open);
  }
  co_return response;
}

// An open recording and its frames.
struct OpenFrames {
  archive::OpenRecording open;
  Archive::Frames frames;
};

Task<Result<OpenFrames>> open_frames(Archive& archive, const std::string& name) {
  auto open = co_await archive.open(name);
  if (!open) co_return open.error();
  auto frames = co_await archive.frames(name, *open);
  if (!frames) {
    Error why = frames.error();
    if (why.code == Errc::malformed) why.code = Errc::refused;  // not the request, but the file
    co_return why;
  }
  co_return OpenFrames{std::move(*open), std::move(*frames)};
}

// As the list has it; what was published a moment ago may not be listed yet.
WallTime start_of(const Archive& archive, const std::string& name, const mp4::FrameTable& table) {
  const auto* recording = archive.index().find(name);
  if (recording != nullptr) return recording->facts.start;
  return table.start.value_or(archive::time_in_name(name).value_or(WallTime{}));
}

Task<Result<http::Response>> get_index(Archive& archive, const http::Request& request) {
  const std::string& name = request.parameter("name");
  const auto recording = co_await open_frames(archive, name);
  if (!recording) co_return recording.error();
  const auto& frames = *recording->frames;
  const auto first = parse_number<std::uint32_t>(request.query_value("first").value_or("0"));
  if (!first || *first > frames.frames.size()) {
    co_return not_a_frame("first", frames.frames.size());
  }
  http::Response response;
  const auto etag = etag_of(recording->open, fmt::format("-{}", *first));
  if (client_has(request, response, etag)) co_return response;
  response.content_type = "application/octet-stream";
  response.body = frame_index(frames, *first, start_of(archive, name, frames));
  co_return response;
}

// By its number, or by the seconds since the first one at which it is shown.
Result<std::size_t> asked_frame(const http::Request& request, const mp4::FrameTable& table) {
  const auto number = request.query_value("n");
  const auto seconds = request.query_value("t");
  if (number.has_value() == seconds.has_value()) {
    return make_error(Errc::malformed,
                      "allowed is either n, the number of a frame, or t, its time in seconds");
  }
  const std::size_t last = table.frames.size() - 1;
  if (number) {
    const auto n = parse_number<std::size_t>(*number);
    if (!n || *n > last) return not_a_frame("n", last);
    return *n;
  }
  constexpr double kPerSecond = 1'000'000;
  constexpr double kMost = 1e9;  // far behind any end
  const auto t = parse_number<double>(*seconds);
  if (!t || !(*t >= 0) || *t > kMost) {
    return make_error(Errc::refused, "t: allowed are seconds from 0 on, such as 12.34");
  }
  return table.shown_at(microseconds(std::llround(*t * kPerSecond)));
}

Task<Result<http::Response>> get_frame(Archive& archive, const http::Request& request) {
  const std::string& name = request.parameter("name");
  const auto recording = co_await open_frames(archive, name);
  if (!recording) co_return recording.error();
  const auto& table = *recording->frames;
  const auto number = asked_frame(request, table);
  if (!number) co_return number.error();
  http::Response response;
  const auto etag = etag_of(recording->open, fmt::format("-f{}", *number));
  if (client_has(request, response, etag)) co_return response;
  const auto bytes = std::make_shared<std::vector<std::uint8_t>>(table.frames[*number].size);
  // Whether all was read, else why not.
  auto read = [file = recording->open.file, offset = table.offset_of(*number), bytes] {
    errno = 0;
    const bool all = mp4::read_at(file->get(), offset, *bytes);
    return std::pair(all, errno);
  };
  const auto [whole, why] = co_await run_blocking(archive.pool(), std::move(read));
  if (!whole) {
    co_return make_error(Errc::unavailable,
                         fmt::format("{} can not be read there: {}", name,
                                     why == 0 ? "it ends before" : errno_text(why)));
  }
  const WallTime captured = start_of(archive, name, table) + table.frames[*number].time;
  response.content_type = "image/jpeg";
  response.headers.emplace_back("X-Timestamp", timestamp_text(captured));
  response.body = http::Body(bytes, bytes->data(), bytes->size());
  co_return response;
}

}  // namespace

std::string frame_index(const mp4::FrameTable& table, std::uint32_t first, WallTime start) {
  constexpr std::string_view kMagic = "MDVRFRM1";
  constexpr std::size_t kHead = 32;
  constexpr std::size_t kEntry = 8;
  const auto& frames = table.frames;
  std::string out;
  out.reserve(kHead + kEntry * (frames.size() - first));
  out += kMagic;
  put_little(out, static_cast<std::uint32_t>(frames.size() - first));
  put_little(out, first);
  put_little(out, std::chrono::floor<microseconds>(start.time_since_epoch()).count());
  put_little(out, table.offset_of(first));
  for (std::size_t i = first; i < frames.size(); ++i) {
    const auto since = i == 0 ? microseconds(0) : frames[i].time - frames[i - 1].time;
    put_little(out, frames[i].size);
    put_little(out, static_cast<std::uint32_t>(since.count()));
  }
  return out;
}

void add_recording_files(http::Router& router, Archive& archive) {
  router.get_page("/recordings/{name}", http::Role::view,
                  [&archive](const http::Request& request) { return get_file(archive, request); });
  router.get_page("/recordings/{name}/frame", http::Role::view,
                  [&archive](const http::Request& request) { return get_frame(archive, request); });
  router.get("/api/recordings/{name}/frames", http::Role::view,
             [&archive](const http::Request& request) { return get_index(archive, request); });
}

}  // namespace minidvr::api
