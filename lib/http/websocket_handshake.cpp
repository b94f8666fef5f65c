#include "http/websocket_session.hpp"

#include <algorithm>
#include <cctype>

#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace minidvr::http {
namespace {

bool asks_for_websocket(const Request& request) {
  boost::beast::http::request_header<> head(request.fields);
  head.method(request.verb);
  head.version(request.http_1_1 ? 11 : 10);
  return boost::beast::websocket::is_upgrade(head);
}

// 16 random bytes in Base64: 22 characters and two equals signs.
bool is_key(std::string_view key) {
  constexpr std::size_t kCharacters = 22;
  return key.size() == kCharacters + 2 && key.ends_with("==") &&
         std::all_of(key.begin(), key.begin() + kCharacters,
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; });
}

}  // namespace

std::optional<Response> websocket_refusal(const Request& request) {
  if (!asks_for_websocket(request)) {
    auto response = error_response(Status::upgrade_required,
                                   "only WebSocket is spoken here: send GET, HTTP/1.1, with "
                                   "'Connection: Upgrade' and 'Upgrade: websocket'");
    response.headers.emplace_back("Upgrade", "websocket");
    return response;
  }
  if (request.header(Field::sec_websocket_version) != "13") {
    auto response =
        error_response(Status::upgrade_required, "the Sec-WebSocket-Version must be 13");
    response.headers.emplace_back("Upgrade", "websocket");
    response.headers.emplace_back("Sec-WebSocket-Version", "13");
    return response;
  }
  if (request.fields.count(Field::sec_websocket_key) != 1 ||
      !is_key(request.header(Field::sec_websocket_key))) {
    return error_response(Status::bad_request,
                          "the Sec-WebSocket-Key must be 16 bytes in Base64, once");
  }
  return std::nullopt;
}

}  // namespace minidvr::http
