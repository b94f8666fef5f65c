// Many clients at once.

#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"

#include <csignal>
#include <fstream>
#include <memory>
#include <random>
#include <thread>

#include <catch2/catch.hpp>

#include <time.h>

using namespace minidvr;
using namespace minidvr::test;

namespace {

// What a client is told of the recording, from first to last. A command that changes nothing is
// answered with what the client knows: that is no change.
class Story {
 public:
  void add(const boost::json::object& message) {
    const std::string status(message.at("status").as_string());
    if (status != "recording" && status != "idle") return;
    auto event = status + " " + std::string(message.at("file").as_string());
    if (event == now_) return;
    now_ = event;
    events_.push_back(std::move(event));
  }
  // Reads on to the event `last`.
  void read_until(WebSocket& socket, const std::string& last) {
    while (events_.empty() || events_.back() != last) {
      const auto message = socket.receive(10s);
      if (!message) return;
      add(*message);
    }
  }
  const std::vector<std::string>& events() const { return events_; }

 private:
  std::string now_ = "idle ";  // nothing was recorded yet
  std::vector<std::string> events_;
};

}  // namespace

TEST_CASE(
    "200 commands from 20 clients: all see the same, nothing is left over, every file is "
    "complete") {
  constexpr int kClients = 20;
  constexpr int kCommandsEach = 10;
  Service service;
  REQUIRE(service.online());
  // Everybody is there from the beginning; the last one only listens.
  std::vector<std::unique_ptr<WebSocket>> sockets;
  for (int i = 0; i <= kClients; ++i)
    sockets.push_back(std::make_unique<WebSocket>(service.app_port()));
  std::vector<Story> stories(sockets.size());
  std::vector<std::thread> clients;
  std::atomic<int> answered{0};
  for (int number = 0; number < kClients; ++number) {
    clients.emplace_back([&, number] {
      auto& socket = *sockets[static_cast<std::size_t>(number)];
      auto& story = stories[static_cast<std::size_t>(number)];
      std::mt19937 random(static_cast<unsigned>(number));
      for (int i = 0; i < kCommandsEach; ++i) {
        const std::string id = std::to_string(number) + "." + std::to_string(i);
        const std::string command = random() % 2 == 0 ? "start" : "stop";
        socket.send(R"({"command":")" + command + R"(","request_id":")" + id + R"("})");
        while (auto message = socket.receive(60s)) {
          story.add(*message);
          const auto* answer = message->if_contains("request_id");
          if (answer == nullptr || answer->as_string() != id) continue;
          const auto& status = message->at("status").as_string();
          if (status == (command == "start" ? "recording" : "idle")) ++answered;
          break;
        }
      }
    });
  }
  for (auto& client : clients)
    client.join();
  CHECK(answered == kClients * kCommandsEach);
  service.command("stop");
  // The end of the story, for all alike.
  service.command("start");
  const auto last = "idle " + std::string(service.command("stop").at("file").as_string());
  for (std::size_t i = 0; i < sockets.size(); ++i)
    stories[i].read_until(*sockets[i], last);
  const auto& told = stories.back().events();
  for (std::size_t i = 0; i < stories.size(); ++i) {
    CAPTURE(i);
    CHECK(stories[i].events() == told);
  }
  REQUIRE(told.size() >= 4);
  for (std::size_t i = 0; i < told.size(); ++i) {
    CAPTURE(i, told[i]);
    CHECK(told[i].starts_with(i % 2 == 0 ? "recording " : "idle "));
  }
  CHECK_FALSE(service.ffmpeg());
  CHECK(std::filesystem::exists(service.recordings() / ".partial"));
  for (const auto& entry : std::filesystem::directory_iterator(service.recordings() / ".partial")) {
    CHECK(entry.path().filename() == "lock");
  }
  CHECK(service.files().size() == told.size() / 2);
  for (const auto& file : service.files())
    CHECK(is_complete(file));
}

TEST_CASE("an idle mini-dvr takes next to nothing, and little memory while it records", "[plain]") {
  Service service({"--segment-seconds", "600"});
  REQUIRE(service.online());
  // The kernel's own account in nanoseconds; the ticks of /proc are a sample.
  clockid_t clock{};
  REQUIRE(::clock_getcpuclockid(service.pid(), &clock) == 0);
  const auto cpu_seconds = [&] {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  std::this_thread::sleep_for(2s);
  const double before = cpu_seconds();
  std::this_thread::sleep_for(10s);
  const double percent = 100.0 * (cpu_seconds() - before) / 10.0;
  WARN("idle: " << percent << " % of a core");
  // The bar is 0.5 %; the benchmark measures it. Here there is room for a busy machine.
  CHECK(percent <= 3.0);
  service.command("start");
  std::this_thread::sleep_for(4s);
  std::ifstream status("/proc/" + std::to_string(service.pid()) + "/status");
  std::string word;
  long kilobytes = 0;
  while (status >> word && word != "VmRSS:") {
  }
  status >> kilobytes;
  WARN("recording: " << kilobytes << " KB resident");
  // Queue: at most a second of frames waits for its confirmation.
  CHECK(kilobytes <= 20'480 + 4'096);
  service.command("stop");
}
