#include "api/marks.hpp"

#include "api/command_message.hpp"
#include "api/query.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>

namespace minidvr::api {
namespace json = boost::json;
namespace {

using archive::Archive;
using archive::PlacedMark;

constexpr std::array<std::string_view, 2> kMarkFields = {"label", "at"};
constexpr std::size_t kMostInAnswer = 10'000;  // 2 MB of text at the most usual length

json::object to_json(const PlacedMark& placed) {
  json::object mark;
  mark["id"] = placed.mark.id;
  mark["at"] = iso8601(placed.mark.at);
  mark["label"] = placed.mark.label;
  mark["recording"] = placed.recording;
  return mark;
}

// What both ways to ask for one say.
Task<Result<PlacedMark>> add(Archive& archive, json::object fields) {
  std::string label;
  if (const auto* value = fields.if_contains("label")) {
    if (!value->is_string()) co_return make_error(Errc::refused, "label: allowed is a text");
    label = std::string(value->as_string());
  }
  std::optional<WallTime> at;
  const auto* value = fields.if_contains("at");
  if (value != nullptr && !value->is_null()) {
    if (!value->is_string()) {
      co_return make_error(Errc::refused, "at: allowed is a time such as 2026-11-24T10:07:12.345Z");
    }
    const auto time = parse_named_time("at", std::string_view(value->get_string()));
    if (!time) co_return time.error();
    at = *time;
  }
  co_return co_await archive.add_mark(std::move(label), at);
}

Task<Result<http::Response>> post(Archive& archive, const http::Request& request) {
  auto body = http::read_json_object(request, kMarkFields);
  if (!body) co_return body.error();
  const auto mark = co_await add(archive, std::move(*body));
  if (!mark) co_return mark.error();
  json::object answer;
  answer["mark"] = to_json(*mark);
  co_return http::json_response(answer);
}

Task<Result<http::Response>> remove(Archive& archive, const http::Request& request) {
  const auto removed = co_await archive.remove_mark(request.parameter("id"));
  if (!removed) co_return removed.error();
  json::object answer;
  answer["deleted"] = removed->mark.id;
  answer["recording"] = removed->recording;
  co_return http::json_response(answer);
}

Task<Result<http::Response>> list(Archive& archive, const http::Request& request) {
  std::optional<WallTime> from;
  std::optional<WallTime> to;
  for (const auto& [name, value] : request.query) {
    if (name != "from" && name != "to") {
      co_return make_error(Errc::malformed, "allowed in the query are from and to");
    }
    const auto time = parse_named_bound(name, value);
    if (!time) co_return time.error();
    (name == "from" ? from : to) = *time;
  }
  json::array marks;
  for (const auto& mark : archive.marks(from, to, kMostInAnswer))
    marks.push_back(to_json(mark));
  json::object answer;
  answer["complete"] = archive.complete() && marks.size() < kMostInAnswer;
  answer["marks"] = std::move(marks);
  co_return http::json_response(answer);
}

}  // namespace

Task<Result<json::object>> answer_mark(Archive& archive, json::object fields) {
  const auto mark = co_await add(archive, std::move(fields));
  if (!mark) co_return mark.error();
  json::object answer;
  answer["status"] = "mark";
  answer["mark"] = to_json(*mark);
  co_return answer;
}

void add_marks(http::Router& router, Archive& archive) {
  router.get("/api/marks", http::Role::view,
             [&archive](const http::Request& request) { return list(archive, request); });
  router.post("/api/marks", http::Role::control,
              [&archive](const http::Request& request) { return post(archive, request); });
  http::Handler remove_handler = [&archive](const http::Request& request) {
    return remove(archive, request);
  };
  router.add(http::Verb::delete_, "/api/marks/{id}", http::Role::control,
             std::move(remove_handler));
}

}  // namespace minidvr::api
