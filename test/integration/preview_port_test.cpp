// What another program serves on our preview port is not recorded.

#include "integration/support/command.hpp"
#include "integration/support/network.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/samples.hpp"
#include "integration/support/scripted_server.hpp"
#include "integration/support/service.hpp"
#include "support/connects.hpp"
#include "support/odd_servers.hpp"

#include <algorithm>
#include <csignal>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include <unistd.h>

using namespace minidvr;
using namespace minidvr::test;

namespace {

using Catch::Matchers::Contains;

bool says_taken(const Service& service) {
  const auto camera = service.status().at("camera").as_object();
  const auto* code = camera.if_contains("code");
  return code != nullptr && *code == "port_taken";
}

std::string why_failing(const Service& service) {
  const auto health = service.health();
  CHECK(health.status == 503);
  return std::string(json(health).at("checks").at("preview").at("detail").as_string());
}

std::int64_t frames(const Service& service) {
  return service.recorder().at("frames").as_int64();
}

// A camera of another make: pictures at once, and then it holds the line.
void serve_pictures(const ScriptedServer::Connection& connection) {
  std::string stream =
      "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n";
  for (int i = 0; i < 30; ++i) {
    const auto picture = marked_jpeg(std::to_string(i));
    stream += part_with("Content-Type: image/jpeg\r\n" + length_of(picture.size()), picture);
  }
  connection.send(stream);
  connection.hold();
}

// Comes while our ustreamer is being started again.
std::unique_ptr<ScriptedServer> take_port(const Service& service, const std::string& address) {
  std::unique_ptr<ScriptedServer> server;
  const auto taken = [&] {
    if (const auto ustreamer = service.ustreamer()) ::kill(*ustreamer, SIGKILL);
    try {
      server = std::make_unique<ScriptedServer>(std::vector<ScriptedServer::Script>{serve_pictures},
                                                service.preview_port(), address);
    } catch (const std::runtime_error&) {
      return false;
    }
    return true;
  };
  REQUIRE(wait_until(taken, kPatience));
  return server;
}

}  // namespace

TEST_CASE("the pictures of another instance on our port are not ours, and when it goes we record") {
  Service other({"--resolution", "640x480"});
  REQUIRE(other.online());
  const auto ustreamer = other.ustreamer();
  REQUIRE(ustreamer);
  const auto port = std::to_string(other.preview_port());
  Service service({"--preview-port", port, "--record-at-start", "on"});
  REQUIRE(wait_until([&] { return says_taken(service); }, kPatience));
  const std::string holder = "ustreamer (pid " + std::to_string(*ustreamer) + ")";
  const auto expected = "port " + port + " (preview_port) is taken by " + holder +
                        " of another mini-dvr: nothing of it is recorded; end it (kill " +
                        std::to_string(*ustreamer) + ")";
  CHECK_THAT(why_failing(service), Contains(expected));
  CHECK(service.status().at("camera").at("holder").as_string() == holder);
  CHECK(service.logs(expected));

  std::vector<std::string> words{"doctor"};
  words.insert(words.end(), service.arguments().begin(), service.arguments().end());
  CHECK_THAT(say(words, service.environment()).out,
             Contains("problem  preview_port  port " + port + " is taken by " + holder + "\n"));
  CHECK(frames(service) == 0);
  CHECK(service.status().at("camera").at("width").as_int64() == 0);

  REQUIRE(other.terminate());
  CHECK(wait_until([&] { return service.health().status == 200; }, 10s));
  REQUIRE(records(service, kPatience));
  service.command("stop");
  REQUIRE(service.files().size() == 1);
  const auto samples = samples_of(service.files());
  CHECK(std::all_of(samples.begin(), samples.end(),
                    [](const Sample& one) { return one.frame.number != 0; }));
  CHECK(service.status().at("camera").at("width").as_int64() == 1920);
}

TEST_CASE("nor are those of a server that comes while ours is being started again") {
  Service service({"--record-at-start", "on"});
  for (const auto* address : {"127.0.0.1", "0.0.0.0", "::"}) {
    INFO(address);
    REQUIRE(service.online());
    REQUIRE(records(service, kPatience));
    {
      const auto server = take_port(service, address);
      REQUIRE(wait_until([&] { return says_taken(service); }, kPatience));
      CHECK(wait_until([&] { return server->served() > 0; }, kPatience));
      CHECK_THAT(why_failing(service), Contains("(pid " + std::to_string(::getpid()) + ")"));
      CHECK(service.status().at("camera").at("online").as_bool() == false);
    }
    CHECK(wait_until([&] { return service.health().status == 200; }, 10s));
  }
  service.command("stop");
  CHECK(service.files().size() == 4);
  for (const auto& sample : samples_of(service.files()))
    REQUIRE(sample.frame.number != 0);
}

TEST_CASE("ustreamer's own port answers those of allow_networks alone") {
  const OwnNetwork network;
  if (!network.is_own()) {
    WARN("not run: no right to make a network");
    return;
  }
  REQUIRE(OwnNetwork::begin_loopback());
  for (const char* address : {"2001:db8::5", "fd00::5"})
    REQUIRE(OwnNetwork::add_address(address));
  Service service({"--preview-host", "::", "--record-at-start", "on"});
  REQUIRE(service.online());
  const auto gets_in = [&](const char* source) {
    return connects(source, "::1", service.preview_port());
  };
  for (int time = 0; time < 2; ++time) {
    CHECK(wait_until([&] { return !gets_in("2001:db8::5"); }, kPatience));
    CHECK(gets_in("fd00::5"));
    CHECK(gets_in("::1"));
    const auto before = frames(service);
    CHECK(wait_until([&] { return frames(service) > before; }, kPatience));
    // Another one listens then.
    const auto ustreamer = service.ustreamer();
    REQUIRE(ustreamer);
    ::kill(*ustreamer, SIGKILL);
    REQUIRE(wait_until([&] { return service.ustreamer().value_or(*ustreamer) != *ustreamer; },
                       kPatience));
    REQUIRE(wait_until([&] { return gets_in("::1"); }, kPatience));
  }
  // What this machine sends itself is never a stranger's, whichever of its addresses it has.
  CHECK(connects("2001:db8::5", "2001:db8::5", service.preview_port()));
  CHECK(service.log().find("allow_networks does not hold") == std::string::npos);
}
