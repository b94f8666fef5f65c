#include "api/clips.hpp"

#include "api/query.hpp"
#include "archive/clip_name.hpp"
#include "http/file_response.hpp"
#include "http/target.hpp"

#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace minidvr::api {
namespace json = boost::json;
namespace {

using archive::Clip;
using archive::ClipRequest;
using archive::Clips;

constexpr std::array<std::string_view, 6> kClipFields = {"from", "to",   "every",
                                                         "fps",  "name", "format"};
constexpr std::int64_t kMostClipEvery = 1'000'000;

double clip_seconds(microseconds time) {
  return std::chrono::duration<double>(time).count();
}

// To a thousandth: what a bar shows.
double shown_progress(double progress) {
  constexpr double kThousand = 1000;
  return std::round(progress * kThousand) / kThousand;
}

Result<WallTime> time_of(const json::object& body, std::string_view name) {
  const auto* value = body.if_contains(name);
  if (value == nullptr) {
    return make_error(
        Errc::malformed,
        fmt::format("{} is missing; allowed is a time such as 2026-11-24T10:07:12", name));
  }
  if (!value->is_string()) {
    return make_error(Errc::refused,
                      fmt::format("{}: allowed is a time such as \"2026-11-24T10:07:12\"", name));
  }
  return parse_named_bound(name, std::string_view(value->get_string()));
}

Result<std::uint32_t> every_of(const json::object& body) {
  const auto* value = body.if_contains("every");
  if (value == nullptr) return std::uint32_t{1};
  const auto* number = value->if_int64();
  if (number == nullptr || *number < 1 || *number > kMostClipEvery) {
    return make_error(Errc::refused,
                      fmt::format("every: allowed is a whole number from 1 to {}", kMostClipEvery));
  }
  return static_cast<std::uint32_t>(*number);
}

Result<std::optional<double>> fps_of(const json::object& body) {
  const auto* value = body.if_contains("fps");
  if (value == nullptr || value->is_null()) return std::optional<double>();
  if (!value->is_number()) {
    return make_error(Errc::refused, fmt::format("fps: allowed is a number from {} to {}, or null",
                                                 archive::kSlowestClip, archive::kFastestClip));
  }
  return std::optional(value->to_number<double>());
}

Result<std::string> name_of(const json::object& body) {
  const auto* value = body.if_contains("name");
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string()) return make_error(Errc::refused, "name: allowed is a text");
  return archive::clip_name(std::string_view(value->get_string()));
}

Result<bool> is_h264(const json::object& body) {
  const auto* value = body.if_contains("format");
  if (value == nullptr || *value == "copy") return false;
  if (*value == "h264") return true;
  return make_error(Errc::refused, "format: allowed are \"copy\" and \"h264\"");
}

Result<ClipRequest> parse_clip(const http::Request& request) {
  const auto body = http::read_json_object(request, kClipFields);
  if (!body) return body.error();
  const auto from = time_of(*body, "from");
  if (!from) return from.error();
  const auto to = time_of(*body, "to");
  if (!to) return to.error();
  const auto every = every_of(*body);
  if (!every) return every.error();
  const auto fps = fps_of(*body);
  if (!fps) return fps.error();
  auto name = name_of(*body);
  if (!name) return name.error();
  const auto h264 = is_h264(*body);
  if (!h264) return h264.error();
  return ClipRequest{{*from, *to, *every}, *fps, std::move(*name), *h264};
}

Task<Result<http::Response>> create_clip(Clips& clips, const http::Request& request) {
  auto wanted = parse_clip(request);
  if (!wanted) co_return wanted.error();
  const auto clip = co_await clips.create(std::move(*wanted));
  if (!clip) co_return clip.error();
  auto response = http::json_response(to_json(*clip), http::Status::accepted);
  response.headers.emplace_back("Location",
                                http::way_to_root(request.path) + "api/clips/" + clip->id);
  co_return response;
}

Task<Result<http::Response>> list_clips(Clips& clips) {
  json::array list;
  const auto all = co_await clips.list();
  for (const auto& clip : all)
    list.push_back(to_json(clip));
  json::object body;
  body["clips"] = std::move(list);
  co_return http::json_response(body);
}

Task<Result<http::Response>> get_clip(Clips& clips, const http::Request& request) {
  const Clip* clip = clips.find(request.parameter("id"));
  if (clip == nullptr) co_return make_error(Errc::not_found, "there is no clip of that id");
  co_return http::json_response(to_json(*clip));
}

Task<Result<http::Response>> remove_clip(Clips& clips, const http::Request& request) {
  const auto removed = co_await clips.remove(request.parameter("id"));
  if (!removed) co_return removed.error();
  co_return http::json_response(to_json(*removed));
}

Task<Result<http::Response>> get_clip_file(Clips& clips, const http::Request& request) {
  const std::string& name = request.parameter("name");
  auto open = co_await clips.open(name);
  if (!open) co_return open.error();
  auto etag = fmt::format("\"{:x}-{:x}\"", open->stamp.bytes, open->stamp.modified);
  http::ServedFile served{std::make_shared<const FileDescriptor>(std::move(open->file)),
                          open->stamp.bytes,
                          std::move(etag),
                          "video/mp4",
                          {}};
  if (request.query_value("download") == "1") served.download_name = name;
  co_return http::file_response(request, clips.pool(), std::move(served));
}

json::array gaps_json(const Clip& clip) {
  json::array gaps;
  for (const auto& gap : clip.gaps) {
    json::object one;
    one["at"] = clip_seconds(gap.at);
    one["from"] = iso8601(gap.from);
    one["to"] = iso8601(gap.to);
    gaps.push_back(std::move(one));
  }
  return gaps;
}

void tell_failure(const Clip& clip, json::object& object) {
  if (clip.state != archive::ClipState::failed) return;
  object["code"] = name_of(clip.reason);
  object["detail"] = clip.detail;
}

}  // namespace

json::object to_json(const Clip& clip) {
  json::object object;
  object["id"] = clip.id;
  object["name"] = clip.name;
  object["state"] = archive::describe(clip.state);
  object["progress"] = shown_progress(clip.progress);
  object["format"] = clip.lossless ? "copy" : "h264";
  object["lossless"] = clip.lossless;
  object["bytes"] = clip.bytes;
  if (clip.frames) object["frames"] = *clip.frames;
  if (clip.length) object["seconds"] = clip_seconds(*clip.length);
  if (clip.start) object["start"] = iso8601(*clip.start);
  if (clip.request) {
    const auto& stretch = clip.request->stretch;
    object["from"] = iso8601(stretch.from);
    object["to"] = iso8601(*stretch.to);
    object["every"] = stretch.every;
    object["fps"] = clip.request->fps ? json::value(*clip.request->fps) : json::value();
  }
  object["gaps"] = gaps_json(clip);
  tell_failure(clip, object);
  return object;
}

json::object clip_message(const Clip& clip) {
  json::object message;
  message["status"] = "clip";
  message["id"] = clip.id;
  message["progress"] = shown_progress(clip.progress);
  if (!clip.is_over()) return message;
  message["state"] = archive::describe(clip.state);
  message["name"] = clip.name;
  tell_failure(clip, message);
  return message;
}

void add_clips(http::Router& router, Clips& clips) {
  router.post("/api/clips", http::Role::control,
              [&clips](const http::Request& request) { return create_clip(clips, request); });
  router.get("/api/clips", http::Role::view,
             [&clips](const http::Request&) { return list_clips(clips); });
  router.get("/api/clips/{id}", http::Role::view,
             [&clips](const http::Request& request) { return get_clip(clips, request); });
  http::Handler remove_handler = [&clips](const http::Request& request) {
    return remove_clip(clips, request);
  };
  router.add(http::Verb::delete_, "/api/clips/{id}", http::Role::control,
             std::move(remove_handler));
  router.get_page("/clips/{name}", http::Role::view,
                  [&clips](const http::Request& request) { return get_clip_file(clips, request); });
}

}  // namespace minidvr::api
