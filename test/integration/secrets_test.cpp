// What is secret in stream_url, looked for wherever somebody may look.

#include "integration/support/scripted_server.hpp"
#include "integration/support/service.hpp"
#include "support/file_bytes.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace minidvr;
using namespace minidvr::test;

namespace {

const std::string kSecret = "fnord17";

bool is_told(const std::string& text) {
  return text.find(kSecret) != std::string::npos;
}

std::string of_process(pid_t process, const std::string& what) {
  return file_bytes("/proc/" + std::to_string(process) + "/" + what);
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string output;
  for (int c = 0; (c = std::fgetc(pipe.get())) != EOF;)
    output += static_cast<char>(c);
  return output;
}

// Everything that the program tells whoever asks.
std::string told_by(const Service& service) {
  std::string told = service.log() + of_process(service.pid(), "cmdline");
  for (const char* target : {"/status", "/health", "/", "/api/controls"})
    told += get(service.app_port(), target).body;
  WebSocket socket(service.app_port());
  socket.send(R"({"command":"status"})");
  if (const auto snapshot = socket.await("snapshot")) told += boost::json::serialize(*snapshot);
  return told;
}

}  // namespace

TEST_CASE("what is secret in stream_url is in no output, and with no child") {
  const std::string port = std::to_string(free_port());
  const auto url = fmt::format("http://127.0.0.1:{}/stream?token={}", port, kSecret);
  Service::Options options;
  options.arguments = {"--preview-port", port, "--log-level", "debug"};
  const bool as_option = GENERATE(true, false);
  if (as_option) {
    options.arguments.push_back("--stream-url=" + url);
  } else {
    options.environment.push_back("MINIDVR_STREAM_URL=" + url);
  }
  Service service(options);
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(service.is_recording());
  CHECK_FALSE(is_told(told_by(service)));
  const auto ffmpeg = service.ffmpeg();
  const auto ustreamer = service.ustreamer();
  REQUIRE(ffmpeg);
  REQUIRE(ustreamer);
  for (const pid_t child : {*ffmpeg, *ustreamer}) {
    const auto environment = of_process(child, "environ");
    CHECK_FALSE(environment.empty());
    CHECK_FALSE(is_told(environment));
    CHECK_FALSE(is_told(of_process(child, "cmdline")));
  }
  CHECK(service.terminate() == 0);
  CHECK_FALSE(is_told(service.log()));
}

TEST_CASE("what is secret in stream_url is not told when the camera's server fails") {
  // The last one sends back what it was asked.
  const auto answer = GENERATE(values<std::string>(
      {"HTTP/1.0 403 Forbidden\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n",
       "GET /stream?token=" + kSecret + " HTTP/1.0\r\n\r\n"}));
  CAPTURE(answer);
  ScriptedServer server({[&](const ScriptedServer::Connection& client) { client.send(answer); }});
  Service service({"--preview", "off", "--log-level", "debug", "--stream-url",
                   fmt::format("http://127.0.0.1:{}/stream?token={}", server.port(), kSecret)});
  CHECK(wait_until([&] { return server.served() >= 2; }, kPatience));
  CHECK(service.health().status == 503);
  const auto told = told_by(service);
  CHECK_FALSE(is_told(told));
  CHECK(told.find("/stream?token=***") != std::string::npos);  // which camera it is, is told
  CHECK(service.terminate() == 0);
}

TEST_CASE("a password among ustreamer_args is told by ustreamer's own list of arguments alone") {
  Service::Options options;
  options.arguments = {"--log-level", "debug"};
  const std::string words = "--tcp-nodelay --passwd " + kSecret;
  const bool as_option = GENERATE(true, false);
  if (as_option) {
    options.arguments.push_back("--ustreamer-args=" + words);
  } else {
    options.environment.push_back("MINIDVR_USTREAMER_ARGS=" + words);
  }
  Service service(options);
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(service.is_recording());
  CHECK_FALSE(is_told(told_by(service)));
  const auto ffmpeg = service.ffmpeg();
  const auto ustreamer = service.ustreamer();
  REQUIRE(ffmpeg);
  REQUIRE(ustreamer);
  for (const pid_t child : {*ffmpeg, *ustreamer})
    CHECK_FALSE(is_told(of_process(child, "environ")));
  CHECK_FALSE(is_told(of_process(*ffmpeg, "cmdline")));
  CHECK(is_told(of_process(*ustreamer, "cmdline")));  // it takes it in no other way
  CHECK(service.terminate() == 0);
  CHECK_FALSE(is_told(service.log()));
}

TEST_CASE("--check-config and errors show a stream_url without what is secret in it") {
  const std::string program = Service::tested_program().string();
  const TemporaryFolder folder;
  const auto config = folder.path() / "mini-dvr.conf";
  const auto told = [&](const std::string& line) {
    std::ofstream(config) << line << "\n";
    return output_of(fmt::format("{} --check-config --config {} 2>&1", program, config.string()));
  };
  const auto right = told("stream_url = http://camera/stream?token=" + kSecret);
  CHECK(right.find("stream_url = http://camera/stream?token=***") != std::string::npos);
  CHECK_FALSE(is_told(right));
  const auto wrong = told("stream_url = http://user:" + kSecret + "@camera:x/");
  CHECK(wrong.find("'http://user:***@camera:x/' is not allowed") != std::string::npos);
  CHECK_FALSE(is_told(wrong));
  const auto words = told("ustreamer_args = --user me --passwd " + kSecret + " --quality 90");
  CHECK(words.find("ustreamer_args = --user me --passwd *** --quality 90") != std::string::npos);
  CHECK_FALSE(is_told(words));
  const auto not_closed = told("ustreamer_args = --user me --passwd '" + kSecret);
  CHECK(not_closed.find("'--user me ***' is not allowed") != std::string::npos);
  CHECK_FALSE(is_told(not_closed));
}
