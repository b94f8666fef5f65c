// The program as it runs, against pages of other sites and clients that take all they can.
#include "controls/stored_values.hpp"
#include "integration/http/raw_client.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
namespace json_ns = boost::json;

namespace {

constexpr std::size_t kSockets = 256;

std::string status_line(const Service& service, const std::string& request) {
  RawClient client(service.app_port());
  client.send(request);
  return client.response().status_line;
}

std::string preset_body(std::size_t bytes) {
  return json_ns::serialize(
      json_ns::object{{"values", json_ns::object{{"osd", std::string(bytes, 'x')}}}});
}

}  // namespace

TEST_CASE("A name that is rebound to this machine reads nothing and changes nothing") {
  Service service({"--allowed-hosts", "dvr.example.org", "--resolution", "640x480"});
  REQUIRE(service.online());
  const auto request = [&](const std::string& method, const std::string& target,
                           const std::string& host) {
    return status_line(service, method + " " + target + " HTTP/1.1\r\nHost: " + host +
                                    "\r\nOrigin: http://" + host + "\r\nContent-Length: 0\r\n\r\n");
  };
  const std::string port = ":" + std::to_string(service.app_port());
  for (const char* target : {"/", "/snapshot", "/stream", "/status", "/ws"})
    CHECK(request("GET", target, "rebound.example" + port) == k421);
  CHECK(request("PUT", "/api/presets/x", "rebound.example" + port) == k421);
  CHECK(get(service.app_port(), "/api/presets/x").status == 404);
  CHECK(request("GET", "/snapshot", "dvr.example.org" + port) == kOk);
  CHECK(request("GET", "/snapshot", "localhost" + port) == kOk);
  // All of that is one line in the log.
  CHECK(service.logs("is no name of this machine"));
  const std::string log = service.log();
  const auto first = log.find("is no name of this machine");
  CHECK(first != std::string::npos);
  CHECK(log.find("is no name of this machine", first + 1) == std::string::npos);
  CHECK(log.find("rebound.example") < first);
}

TEST_CASE("A trusted proxy says who asks; from anybody else that only takes rights away") {
  const auto asks = [](const Service& service, const std::string& headers) {
    return status_line(service, "GET /status HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
  };
  const std::string stranger = "X-Forwarded-For: 192.168.1.9, 203.0.113.9\r\n";
  Service behind({"--trusted-proxies", "127.0.0.1", "--resolution", "640x480"});
  CHECK(asks(behind, stranger) == k403);
  CHECK(asks(behind, "X-Forwarded-For: 203.0.113.9, 192.168.1.9\r\n") == kOk);
  CHECK(asks(behind, stranger + "Forwarded: for=192.168.1.9\r\n") == k400);
  CHECK(asks(behind, "X-Forwarded-Host: evil.example\r\n") == k421);
  CHECK(behind.log().find("the last from 203.0.113.9") != std::string::npos);
  Service alone({"--resolution", "640x480"});
  // A proxy that nobody was told of, as Apache is without a line of its own for that.
  CHECK(asks(alone, stranger) == k403);
  CHECK(asks(alone, "X-Forwarded-For: 203.0.113.9, 127.0.0.1\r\n") == k403);
  CHECK(asks(alone, "X-Forwarded-For: unknown\r\n") == k403);
  CHECK(asks(alone, "Forwarded: for=203.0.113.9\r\n") == k403);
  CHECK(asks(alone, "X-Forwarded-For: 192.168.1.9\r\n") == kOk);
  CHECK(alone.log().find("the last from 203.0.113.9") != std::string::npos);
  CHECK(asks(alone, "X-Forwarded-Host: evil.example\r\n") == kOk);
}

TEST_CASE("A crowd of one address costs others nothing, and no frame of the recording") {
  Service service({"--resolution", "640x480"});
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  service.command("start");
  REQUIRE(records(service));
  std::vector<std::unique_ptr<RawClient>> idle;
  std::vector<std::unique_ptr<RawClient>> slow;
  std::vector<std::unique_ptr<RawClient>> streams;
  for (std::size_t i = 0; i < kSockets; ++i) {
    idle.push_back(std::make_unique<RawClient>(service.app_port()));
    REQUIRE(idle.back()->get("/status").status_line == kOk);
  }
  for (std::size_t i = 0; i < 20; ++i) {
    streams.push_back(std::make_unique<RawClient>(service.app_port(), 4096));
    streams.back()->send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    REQUIRE(streams.back()->response(false).status_line == kOk);
  }
  for (std::size_t i = 0; i < 50; ++i)
    slow.push_back(std::make_unique<RawClient>(service.app_port()));
  const std::string request = "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (std::size_t byte = 0; byte + 1 < request.size(); ++byte) {
    for (const auto& client : slow)
      CHECK(client->send(request.substr(byte, 1)));
    // Others are answered meanwhile, whether they come or are there already.
    RawClient elsewhere(service.app_port(), 0, "127.0.0.2");
    for (int i = 0; i < 5; ++i)
      CHECK(elsewhere.get("/status").status_line == kOk);
    CHECK(elsewhere.get("/health").status_line == kOk);
  }
  CHECK(service.health().status == 200);
  service.command("stop");
  CHECK(service.recorder().at("dropped_frames") == 0);
  check_nothing_lost(service, preview);
}

TEST_CASE("Presets that were accepted are there after a restart") {
  constexpr std::size_t kPresets = 100;
  constexpr std::size_t kThereAlready = 55;  // by the same program: each takes it a while
  constexpr std::size_t kBytes = 60'000;
  Service service({"--resolution", "640x480"});
  CHECK(service.terminate() == 0);
  const auto target_of = [](std::size_t i) { return "/api/presets/p" + std::to_string(i); };
  std::vector<std::string> accepted;
  controls::Presets presets;
  for (std::size_t i = 0; i < kThereAlready; ++i) {
    accepted.push_back(target_of(i));
    presets["p" + std::to_string(i)] = {{"osd", std::string(kBytes, 'x')}};
  }
  const auto state_dir = service.recordings() / ".state";
  std::filesystem::create_directories(state_dir);
  std::ofstream(state_dir / "presets.json") << controls::serialize(presets);
  service.start();
  unsigned refusal = 0;
  for (std::size_t i = kThereAlready; i < kPresets; ++i) {
    const std::string target = target_of(i);
    const auto answer =
        request(service.app_port(), "PUT", target, preset_body(kBytes), "application/json", 30s);
    if (answer.status == 201) {
      accepted.push_back(target);
      continue;
    }
    refusal = answer.status;
    CHECK(answer.body.find("allowed are 4194304") != std::string::npos);
    break;
  }
  CHECK(refusal == 413);
  CHECK(accepted.size() > kThereAlready + 5);
  CHECK(service.terminate() == 0);
  service.start();
  for (const auto& target : accepted) {
    CAPTURE(target);
    const auto answer = get(service.app_port(), target, 30s);
    CHECK(answer.status == 200);
    CHECK(answer.body.size() > kBytes);
  }
}
