#include "access/refusals.hpp"

#include "http/target.hpp"

#include <fmt/format.h>

namespace minidvr::access {

using http::Caller;
using http::Response;
using http::Role;
using http::Status;

namespace {

bool accepts_page(const http::Request& request) {
  return request.header(http::Field::accept).find("text/html") != std::string_view::npos;
}

// What asks for anything else is a script, or a script of a page. By what it accepts alone it can
// not be told: monitors imitate browsers, and would take the login page for the answer.
bool wants_page(const http::Request& request) {
  return request.is_for_page && request.verb == http::Verb::get && accepts_page(request);
}

// Sec-Fetch-Mode comes by https and from this machine alone. What our own page asks for has a
// Referer, too, and each WebSocket an Origin; curl, ffmpeg and their kind send none of them.
bool is_of_browser(const http::Request& request) {
  return accepts_page(request) || request.fields.count("Sec-Fetch-Mode") > 0 ||
         request.fields.count(http::Field::referer) > 0 ||
         request.fields.count(http::Field::origin) > 0;
}

Response to_login_page(const http::Request& request) {
  Response response;
  response.status = Status::see_other;
  // Relative: the browser may see all of this below a path of a proxy.
  response.headers.emplace_back("Location", http::way_to_root(request.path) + "login");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

Response who_are_you(const http::Request& request) {
  if (wants_page(request)) return to_login_page(request);
  auto response = http::error_response(
      Status::unauthorized,
      "this needs a login: a browser opens /login, a script sends a user name and password by "
      "HTTP Basic or a token as Authorization: Bearer");
  // A page asks by its own means; a browser would ask with a window of its own, and what is typed
  // there it sends until it is closed: no log-out ends that.
  if (!is_of_browser(request)) {
    response.headers.emplace_back("WWW-Authenticate", R"(Basic realm="Mini-DVR", charset="UTF-8")");
  }
  return response;
}

Response wrong_password() {
  return http::error_response(Status::unauthorized, "the user name or the password is wrong");
}

Response wrong_token() {
  return http::error_response(Status::unauthorized, "the token is none of this recorder's");
}

Response busy() {
  return http::error_response(Status::service_unavailable,
                              "too many logins at once; try again in a moment", Reason::busy);
}

Response not_enough(const Caller& caller, Role needed) {
  return http::error_response(Status::forbidden,
                              fmt::format("{} has the role {}; this takes the role {}, which "
                                          "mini-dvr passwd or mini-dvr token gives",
                                          caller.name, name_of(caller.role), name_of(needed)),
                              Reason::role_required);
}

}  // namespace minidvr::access
