#include "api/control_json.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

namespace minidvr::api {
namespace {

using Catch::Matchers::Contains;

Result<std::optional<boost::json::value>> control_request(std::string_view text) {
  return parse_control_request(boost::json::parse(text).get_object());
}

Result<controls::Values> values_request(std::string_view text) {
  return parse_values_request(boost::json::parse(text).get_object());
}

}  // namespace

TEST_CASE("a control is asked for a value or for its default", "[controls][request]") {
  CHECK(*control_request(R"({"value":3})") == boost::json::value(3));
  CHECK(*control_request(R"({"value":false})") == boost::json::value(false));
  CHECK(*control_request(R"({"action":"default"})") == std::nullopt);
}

TEST_CASE("clients of the original send both fields, one of them null", "[controls][request]") {
  CHECK(*control_request(R"({"value":3,"action":null})") == boost::json::value(3));
  CHECK(*control_request(R"({"value":null,"action":"default"})") == std::nullopt);
}

TEST_CASE("a body that is not exactly one of both is malformed", "[controls][request]") {
  for (const char* text : {"{}", R"({"value":null})", R"({"value":1,"action":"default"})",
                           R"({"action":"reset"})", R"({"action":1})", R"({"action":true})"}) {
    INFO(text);
    const auto request = control_request(text);
    REQUIRE(!request);
    CHECK(request.error().code == Errc::malformed);
    CHECK(!request.error().detail.empty());
  }
  CHECK_THAT(control_request("{}").error().detail, Contains("neither"));
  CHECK_THAT(control_request(R"({"value":1,"action":"default"})").error().detail, Contains("both"));
}

TEST_CASE("several values come in the order of the request", "[controls][request]") {
  const auto values = values_request(R"({"values":{"b":1,"a":true}})");
  REQUIRE(values.has_value());
  REQUIRE(values->size() == 2);
  CHECK(values->begin()->key() == "b");
  for (const char* text : {"{}", R"({"values":{}})", R"({"values":[1]})", R"({"values":null})"}) {
    INFO(text);
    CHECK(values_request(text).error().code == Errc::malformed);
  }
  std::string many = R"({"values":{"c":1)";
  for (std::size_t i = 0; i < kMostRequestedValues; ++i)
    many += ",\"c" + std::to_string(i) + "\":1";
  CHECK(values_request(many + "}}").error().code == Errc::malformed);
}

TEST_CASE("a reset is of everything or of one category", "[controls][request]") {
  CHECK(*parse_reset_request({}) == std::nullopt);
  CHECK(*parse_reset_request({{"category", "User Controls"}}) == "User Controls");
  CHECK(parse_reset_request({{"category", 3}}).error().code == Errc::malformed);
}

}  // namespace minidvr::api
