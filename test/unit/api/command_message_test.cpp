#include "api/command_message.hpp"

#include <catch2/catch.hpp>

using namespace minidvr::api;

TEST_CASE("Commands are understood, with and without a request_id") {
  CHECK(parse_command(R"({"command":"start"})").command == Command::start);
  CHECK(parse_command(R"({"command":"stop"})").command == Command::stop);
  CHECK(parse_command(R"( {"command" : "status"} )").command == Command::status);
  CHECK_FALSE(parse_command(R"({"command":"start"})").request_id);
  const auto message = parse_command(R"({"command":"stop","request_id":"a-1","more":true})");
  CHECK(message.command == Command::stop);
  CHECK(message.request_id == "a-1");
}

TEST_CASE("A message that is no command gets a mistake that says what is allowed") {
  const auto text = GENERATE(
      as<std::string>{}, "", "start", "{", "[]", "5", "null", "\"start\"", "{}", R"({"command":5})",
      R"({"command":null})", R"({"command":"Start"})", R"({"command":"reboot"})",
      R"({"command":{"a":1}})", R"({"command":"start"}{"command":"stop"})", std::string(5000, '['),
      std::string(60, '{'), R"({"command":1e999999})", "{\"command\":\"\xff\"}");
  CAPTURE(text);
  const auto message = parse_command(text);
  CHECK_FALSE(message.command);
  CHECK(message.mistake.find(R"({"command": "start"})") != std::string::npos);
}

TEST_CASE("A request_id that can not be echoed is a mistake") {
  const auto id =
      GENERATE(as<std::string>{}, "5", "null", "{}", "true", '"' + std::string(129, 'x') + '"');
  const auto message = parse_command(R"({"command":"start","request_id":)" + id + "}");
  CHECK_FALSE(message.command);
  CHECK_FALSE(message.request_id);
  CHECK(message.mistake == "request_id must be a string of at most 128 bytes");
}

TEST_CASE("A request_id of 128 bytes is echoed, with a mistake too") {
  const std::string id(128, 'x');
  const auto message = parse_command(R"({"command":"dance","request_id":")" + id + "\"}");
  CHECK_FALSE(message.command);
  CHECK(message.request_id == id);
}

TEST_CASE("A long wrong command is repeated only in part, at a whole character") {
  std::string name;
  for (int i = 0; i < 50; ++i)
    name += "ü";
  const auto message = parse_command(R"({"command":")" + name + "\"}");
  CHECK(message.mistake.starts_with("'" + name.substr(0, 40) + "...'"));
}
