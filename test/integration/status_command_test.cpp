// mini-dvr status: asked beside a recorder that runs, and where none does.

#include "integration/support/command.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/scripted_server.hpp"
#include "integration/support/service.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

std::vector<std::string> with(std::vector<std::string> words, const Service& service) {
  words.insert(words.end(), service.arguments().begin(), service.arguments().end());
  return words;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("status tells in plain lines what a running recorder does, and that it is well") {
  Service service;
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service, kPatience));
  const auto said = say(with({"status"}, service), service.environment());
  CHECK(said.status == 0);
  CHECK(said.err.empty());
  CHECK(says(said.out, "recording   on, wanted since 20"));
  CHECK(says(said.out,
             "file        " + std::string(service.status().at("current_file").as_string())));
  CHECK(says(said.out, "camera      virtual, 1920x1080, "));
  CHECK(says(said.out, " free"));
  CHECK(says(said.out, "health      ok\n"));
  service.command("stop");
}

TEST_CASE("status --json prints the document of /status") {
  Service service;
  REQUIRE(service.online());
  const auto said = say(with({"status", "--json"}, service), service.environment());
  CHECK(said.status == 0);
  const auto told = boost::json::parse(said.out).as_object();
  const auto asked = service.status();
  for (const auto& field : asked)
    CHECK(told.contains(field.key()));
  CHECK(told.size() == asked.size());
  CHECK(told.at("camera").at("device") == "virtual");
}

TEST_CASE("status ends with 1, and says why, while the camera is away") {
  Service service;
  REQUIRE(service.online());
  service.camera().unplug();
  REQUIRE(wait_until([&] { return service.health().status == 503; }, kPatience));
  const auto said = say(with({"status"}, service), service.environment());
  CHECK(said.status == 1);
  CHECK(says(said.out, "health      failing: preview: "));
  CHECK(say(with({"status", "--json"}, service), service.environment()).status == 1);
}

TEST_CASE("status finds a recorder that listens on all addresses, of either kind") {
  for (const std::string host : {"0.0.0.0", "::"}) {
    CAPTURE(host);
    Service::Options options;
    options.arguments = {"--app-host", host};
    options.answers = false;
    Service service(std::move(options));
    CHECK(wait_until(
        [&] { return say(with({"status"}, service), service.environment()).status != 2; },
        kPatience));
  }
}

TEST_CASE("status ends with 2, and says what to do, where no recorder answers") {
  const auto port = std::to_string(free_port());
  const auto said = say({"status", "--app-port", port});
  CHECK(said.status == 2);
  CHECK(said.out.empty());
  CHECK(says(said.err, "no mini-dvr answers on 127.0.0.1:" + port + ": Connection refused"));
  CHECK(says(said.err, "systemctl start mini-dvr"));
  CHECK(says(said.err, "--app-port"));
}

TEST_CASE("status tells another program on the port from a recorder") {
  const ScriptedServer other({[](const ScriptedServer::Connection& client) {
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  }});
  const auto said = say({"status", "--app-port", std::to_string(other.port())});
  CHECK(said.status == 2);
  CHECK(says(said.err, "another program has that port"));
}

TEST_CASE("status tells a recorder that refuses to say how it is from one that is not there") {
  const ScriptedServer refusing({[](const ScriptedServer::Connection& client) {
    const std::string body = R"({"code":"forbidden","detail":"127.0.0.1 may not ask"})";
    client.send("HTTP/1.1 403 Forbidden\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
  }});
  const auto said = say({"status", "--app-port", std::to_string(refusing.port())});
  CHECK(said.status == 2);
  CHECK(says(said.err, "mini-dvr runs on 127.0.0.1:"));
  CHECK(says(said.err, "127.0.0.1 may not ask"));
  CHECK_FALSE(says(said.err, "systemctl start"));
}
