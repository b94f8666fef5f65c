#include "http/message.hpp"

#include "http/response_head.hpp"

#include <array>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;

namespace {

constexpr std::array<std::string_view, 2> kKeys = {"value", "action"};

Result<boost::json::object> read(std::string body, const std::string& type = "application/json") {
  Request request;
  request.body = std::move(body);
  if (!type.empty()) request.fields.set(Field::content_type, type);
  return read_json_object(request, kKeys);
}

}  // namespace

TEST_CASE("A JSON body is an object with the allowed keys") {
  const auto object = read(R"({"value": 5})");
  REQUIRE(object.has_value());
  CHECK(object->at("value").as_int64() == 5);
  CHECK(read("{}").has_value());
  CHECK(read(R"({"value":1})", "Application/JSON; charset=utf-8").has_value());
  CHECK(read(R"({"value":1})", "").has_value());
}

TEST_CASE("A JSON body that is wrong is refused with what is wrong and what is allowed") {
  const auto type = read(R"({"value":1})", "text/plain");
  REQUIRE_FALSE(type.has_value());
  CHECK(type.error().code == Errc::unsupported_type);

  const auto text = GENERATE(as<std::string>{}, "", "nonsense", "{", "[1]", "5", "{\"value\":1}x",
                             "{\"other\":1}", std::string(1000, '['), "{\"value\":\"\xff\"}");
  CAPTURE(text);
  const auto object = read(text);
  REQUIRE_FALSE(object.has_value());
  CHECK(object.error().code == Errc::malformed);
  CHECK(object.error().detail.find("value, action") != std::string::npos);
}

TEST_CASE("An unknown key of a JSON body is named") {
  const auto object = read(R"({"value":1,"vlaue":2})");
  REQUIRE_FALSE(object.has_value());
  CHECK(object.error().detail == "'vlaue' is not understood; allowed is value, action");
}

TEST_CASE("An error is a word for programs and a sentence for people, with its status") {
  const auto body = [](const Response& response) {
    const auto bytes = response.body.bytes();
    return std::string(bytes.data(), bytes.size());
  };
  const auto plain = error_response(make_error(Errc::not_found, "there is no such clip"));
  CHECK(plain.status == Status::not_found);
  CHECK(body(plain) == R"({"code":"not_found","detail":"there is no such clip"})");
  const auto finer = error_response(make_error(Errc::unavailable, "no room", Reason::disk_full));
  CHECK(finer.status == Status::service_unavailable);
  CHECK(body(finer) == R"({"code":"disk_full","detail":"no room"})");
}

TEST_CASE("Each status that the server itself answers with has its code") {
  const std::pair<Status, std::string_view> expected[] = {
      {Status::bad_request, "malformed"},
      {Status::forbidden, "forbidden"},
      {Status::not_found, "not_found"},
      {Status::method_not_allowed, "method_not_allowed"},
      {Status::request_timeout, "timeout"},
      {Status::payload_too_large, "too_large"},
      {Status::range_not_satisfiable, "range_not_satisfiable"},
      {Status::unauthorized, "login_required"},
      {Status::too_many_requests, "too_many_attempts"},
      {Status::misdirected_request, "unknown_host"},
      {Status::upgrade_required, "upgrade_required"},
      {Status::request_header_fields_too_large, "too_large"},
      {Status::internal_server_error, "internal"},
      {Status::service_unavailable, "unavailable"}};
  for (const auto& [status, code] : expected) {
    const auto response = error_response(status, "why");
    const auto bytes = response.body.bytes();
    const auto body = boost::json::parse(std::string_view(bytes.data(), bytes.size()));
    CHECK(body.at("code").as_string() == code);
  }
}

TEST_CASE("A response's head has its length, its type and the headers of every response") {
  Response response = json_response({{"detail", "nothing"}}, Status::not_found);
  HeadOptions options;
  options.content_length = response.body.bytes().size();
  options.keep_alive = true;
  CHECK(response_head(response, {{"X-Always", "yes"}}, options) ==
        "HTTP/1.1 404 Not Found\r\nConnection: keep-alive\r\nContent-Length: 20\r\n"
        "Content-Type: application/json\r\nX-Always: yes\r\n\r\n");
}

TEST_CASE("A response without content has no length") {
  Response response;
  response.status = Status::no_content;
  HeadOptions options;
  options.content_length = 0;
  CHECK(response_head(response, {}, options) ==
        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST_CASE("A header value can not begin another header") {
  Response response;
  response.headers.emplace_back("X-Name", "a\r\nSet-Cookie: b");
  CHECK_THROWS(response_head(response, {}, HeadOptions{}));
}
