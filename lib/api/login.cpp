#include "api/login.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace minidvr::api {
namespace {

using http::Response;

constexpr std::array<std::string_view, 2> kLoginKeys = {"user", "password"};

Result<std::string> text_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) {
    return make_error(Errc::malformed, R"(allowed is {"user": "...", "password": "..."})");
  }
  return std::string(value->get_string());
}

Task<Result<Response>> log_in(access::AccessGate& gate, const http::Request& request) {
  const auto object = http::read_json_object(request, kLoginKeys);
  if (!object) co_return object.error();
  auto user = text_of(*object, "user");
  if (!user) co_return user.error();
  auto password = text_of(*object, "password");
  if (!password) co_return password.error();
  access::Password given{std::move(*user), std::move(*password)};
  auto response = co_await gate.log_in(request, std::move(given));
  response.headers.emplace_back("Cache-Control", "no-store");
  co_return response;
}

Response log_out(access::AccessGate& gate, const http::Request& request) {
  gate.log_out(request);
  Response response;
  response.status = http::Status::no_content;
  response.headers = access::logout_headers(request);
  return response;
}

}  // namespace

boost::json::object access_json(bool password, const http::Caller& caller) {
  boost::json::object object = {{"password", password}};
  if (!caller.name.empty()) object["user"] = caller.name;
  if (caller.role != http::Role::anyone) object["role"] = std::string(name_of(caller.role));
  return object;
}

void add_login(http::Router& router, access::AccessGate& gate) {
  router.post("/api/login", http::Role::anyone,
              [&gate](const http::Request& request) { return log_in(gate, request); });
  router.post("/api/logout", http::Role::anyone,
              [&gate](const http::Request& request) -> Task<Result<Response>> {
                co_return log_out(gate, request);
              });
  router.get("/api/access", http::Role::anyone,
             [&gate](const http::Request& request) -> Task<Result<Response>> {
               auto response =
                   http::json_response(access_json(gate.asks_for_password(), request.caller));
               response.headers.emplace_back("Cache-Control", "no-store");
               co_return response;
             });
}

}  // namespace minidvr::api
