#include "api/recordings.hpp"

#include "api/query.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace minidvr::api {
namespace json = boost::json;
namespace {

using archive::Archive;
using archive::Index;
using archive::Recording;

constexpr std::array<std::string_view, 2> kNotesFields = {"protected", "note"};
constexpr std::size_t kMostInPage = 1000;  // 300 KB of text

double in_seconds(microseconds time) {
  return std::chrono::duration<double>(time).count();
}

// Frames a second, to a thousandth.
double rate_of(const archive::FileFacts& facts) {
  constexpr double kThousand = 1000;
  if (facts.length <= microseconds(0)) return 0;
  return std::round(facts.frames / in_seconds(facts.length) * kThousand) / kThousand;
}

Result<Index::Query> parse_query(const http::Request& request) {
  Index::Query query;
  for (const auto& [name, value] : request.query) {
    if (name == "from" || name == "to") {
      const auto time = parse_named_bound(name, value);
      if (!time) return time.error();
      (name == "from" ? query.from : query.to) = *time;
    } else if (name == "limit") {
      const auto* end = value.data() + value.size();
      const auto [at, ec] = std::from_chars(value.data(), end, query.limit);
      if (ec != std::errc() || at != end || query.limit == 0 || query.limit > kMostInPage) {
        return make_error(
            Errc::malformed,
            fmt::format("limit: allowed is a whole number from 1 to {}", kMostInPage));
      }
    } else if (name == "cursor") {
      query.cursor = value;
    } else {
      return make_error(Errc::malformed, "allowed in the query are from, to, limit and cursor");
    }
  }
  return query;
}

// Whether there may be more than the answer has, and why that is not known.
void add_completeness(json::object& body, const Archive& archive) {
  body["complete"] = archive.complete();
  if (!archive.problem().empty()) body["problem"] = archive.problem();
}

Task<Result<http::Response>> list(Archive& archive, const http::Request& request) {
  const auto query = parse_query(request);
  if (!query) co_return query.error();
  co_await archive.follow_current();
  const auto page = archive.index().page(*query);
  if (!page) co_return page.error();
  json::array recordings;
  recordings.reserve(page->recordings.size());
  for (const Recording* recording : page->recordings)
    recordings.push_back(to_json(*recording, archive.index().gap_before(*recording)));
  json::object body;
  body["recordings"] = std::move(recordings);
  body["cursor"] = page->cursor.empty() ? json::value() : json::value(page->cursor);
  add_completeness(body, archive);
  co_return http::json_response(body);
}

Task<Result<http::Response>> days(Archive& archive) {
  co_await archive.follow_current();
  json::array days;
  for (const auto& day : archive.index().days()) {
    json::object one;
    one["date"] = day.date;
    one["recordings"] = day.recordings;
    one["seconds"] = in_seconds(day.length);
    one["bytes"] = day.bytes;
    one["marks"] = day.marks;
    one["protected"] = day.is_protected;
    days.push_back(std::move(one));
  }
  json::object body;
  body["days"] = std::move(days);
  add_completeness(body, archive);
  co_return http::json_response(body);
}

http::Response one_response(const Archive& archive, const Recording& recording) {
  return http::json_response(to_json(recording, archive.index().gap_before(recording)));
}

Task<Result<http::Response>> get_one(Archive& archive, const http::Request& request) {
  co_await archive.follow_current();
  if (const Recording* recording = archive.index().find(request.parameter("name"))) {
    co_return one_response(archive, *recording);
  }
  co_return make_error(Errc::not_found, "there is no recording of that name");
}

Result<archive::NotesChange> parse_change(const http::Request& request) {
  const auto body = http::read_json_object(request, kNotesFields);
  if (!body) return body.error();
  archive::NotesChange change;
  if (const auto* value = body->if_contains("protected")) {
    if (!value->is_bool()) {
      return make_error(Errc::refused, "protected: allowed are true and false");
    }
    change.is_protected = value->as_bool();
  }
  if (const auto* value = body->if_contains("note")) {
    if (!value->is_string()) return make_error(Errc::refused, "note: allowed is a text");
    change.note = std::string(value->as_string());
  }
  if (body->empty()) {
    return make_error(Errc::malformed, "allowed is an object with protected, note, or both");
  }
  return change;
}

Task<Result<http::Response>> change(Archive& archive, const http::Request& request) {
  auto wanted = parse_change(request);
  if (!wanted) co_return wanted.error();
  const auto changed = co_await archive.change(request.parameter("name"), std::move(*wanted));
  if (!changed) co_return changed.error();
  co_return one_response(archive, *changed);
}

Task<Result<http::Response>> remove(Archive& archive, const http::Request& request) {
  const std::string& name = request.parameter("name");
  const auto removed = co_await archive.remove(name);
  if (!removed) co_return removed.error();
  json::object body;
  body["deleted"] = name;
  body["restorable_seconds"] = removed->count();
  co_return http::json_response(body);
}

// Of what came or changed; nullptr: it is not there any more. One pass: the index may have tens of
// thousands, and to look for each name in it takes all of them.
std::unordered_map<std::string_view, const Recording*> found_in(const Index& index,
                                                                const archive::Changes& changes) {
  std::unordered_map<std::string_view, const Recording*> found;
  found.reserve(changes.added.size() + changes.changed.size());
  for (const auto* names : {&changes.added, &changes.changed}) {
    for (const auto& name : *names)
      found.emplace(name, nullptr);
  }
  if (found.empty()) return found;
  for (const auto& recording : index.all()) {
    const auto wanted = found.find(recording.name);
    if (wanted != found.end()) wanted->second = &recording;
  }
  return found;
}

Task<Result<http::Response>> restore(Archive& archive, const http::Request& request) {
  const auto restored = co_await archive.restore(request.parameter("name"));
  if (!restored) co_return restored.error();
  co_return one_response(archive, *restored);
}

}  // namespace

json::object to_json(const Recording& recording, microseconds gap_before) {
  json::array marks;
  for (const auto& mark : recording.notes().marks)
    marks.push_back({{"id", mark.id}, {"at", iso8601(mark.at)}, {"label", mark.label}});
  const auto& facts = recording.facts;
  json::object object;
  object["name"] = recording.name;
  object["start"] = iso8601(facts.start);
  object["seconds"] = in_seconds(facts.length);
  object["frames"] = facts.frames;
  object["bytes"] = facts.stamp.bytes;
  object["width"] = facts.width;
  object["height"] = facts.height;
  object["fps"] = rate_of(facts);
  object["state"] = recording.being_written ? "recording" : facts.damaged ? "damaged" : "complete";
  object["protected"] = recording.notes().is_protected;
  object["note"] = recording.notes().note;
  object["marks"] = std::move(marks);
  object["gap_before"] = in_seconds(gap_before);
  return object;
}

json::object recordings_message(const Index& index, const archive::Changes& changes) {
  const auto found = found_in(index, changes);
  const auto listed = [&](const std::vector<std::string>& names) {
    json::array recordings;
    for (const auto& name : names) {
      const Recording* recording = found.at(name);
      if (recording == nullptr) continue;
      recordings.push_back(to_json(*recording, index.gap_before(*recording)));
    }
    return recordings;
  };
  json::object message;
  message["status"] = "recordings";
  message["added"] = listed(changes.added);
  message["changed"] = listed(changes.changed);
  message["removed"] = json::array(changes.removed.begin(), changes.removed.end());
  return message;
}

void add_recordings(http::Router& router, Archive& archive) {
  router.get("/api/recordings", http::Role::view,
             [&archive](const http::Request& request) { return list(archive, request); });
  router.get("/api/recordings/days", http::Role::view,
             [&archive](const http::Request&) { return days(archive); });
  router.get("/api/recordings/{name}", http::Role::view,
             [&archive](const http::Request& request) { return get_one(archive, request); });
  http::Handler change_handler = [&archive](const http::Request& request) {
    return change(archive, request);
  };
  http::Handler remove_handler = [&archive](const http::Request& request) {
    return remove(archive, request);
  };
  router.add(http::Verb::patch, "/api/recordings/{name}", http::Role::control,
             std::move(change_handler));
  router.add(http::Verb::delete_, "/api/recordings/{name}", http::Role::control,
             std::move(remove_handler));
  router.post("/api/recordings/{name}/restore", http::Role::control,
              [&archive](const http::Request& request) { return restore(archive, request); });
}

}  // namespace minidvr::api
