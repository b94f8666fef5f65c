#include "api/recording.hpp"

#include "api/status.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>

namespace minidvr::api {
namespace json = boost::json;
namespace {

using Kind = dvr::CommandAnswer::Kind;

constexpr std::array<std::string_view, 1> kWishFields = {"on"};
// A start is answered within dvr::Commands::kBeginLimit. A stop takes as long as the disk: scripts
// that give up on a request after some seconds still get their answer.
constexpr seconds kAnswerLimit{5};
constexpr const char* kStillWriting =
    "recording is switched off, and what was recorded is still being written to the disk";

Result<bool> read_on(const http::Request& request) {
  const auto body = http::read_json_object(request, kWishFields);
  if (!body) return body.error();
  const json::value* on = body->if_contains("on");
  if (on == nullptr) {
    return make_error(Errc::malformed, R"(the body must be {"on": true} or {"on": false})");
  }
  if (!on->is_bool()) return make_error(Errc::refused, "on must be true or false");
  return on->get_bool();
}

http::Response not_yet(const dvr::Status& status, Reason reason, const std::string& detail) {
  json::object body = status_json(status);
  if (reason != Reason::of_code) body["code"] = name_of(reason);
  body["detail"] = detail;
  return http::json_response(body, http::Status::accepted);
}

Task<Result<http::Response>> switch_recording(RecordingCommands& commands,
                                              const StatusSource& status,
                                              const http::Request& request) {
  const auto on = read_on(request);
  if (!on) co_return on.error();
  const auto answer = co_await commands.carry_out(*on, kAnswerLimit);
  if (!answer) co_return not_yet(status(), Reason::busy, kStillWriting);
  if (answer->kind == Kind::refused) {
    co_return make_error(Errc::unavailable, answer->detail, answer->reason);
  }
  if (answer->kind == Kind::waiting) co_return not_yet(status(), answer->reason, answer->detail);
  co_return http::json_response(status_json(status()));
}

}  // namespace

void add_recording(http::Router& router, RecordingCommands& commands, StatusSource status) {
  router.post("/api/recording", http::Role::control,
              [&commands, status = std::move(status)](const http::Request& request) {
                return switch_recording(commands, status, request);
              });
}

}  // namespace minidvr::api
