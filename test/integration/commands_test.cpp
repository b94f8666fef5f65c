// Start and stop through the whole program: many clients at once, and a recorder that takes its
// time.

#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

// What one client is told.
class Told {
 public:
  void add(const boost::json::object& message) {
    const std::string status(message.at("status").as_string());
    const auto* id = message.if_contains("request_id");
    if (id != nullptr) ++answers_[std::string(id->as_string())];
    if (status != "recording" && status != "idle") return;
    messages_.push_back(status + " " + std::string(message.at("file").as_string()));
    if (id == nullptr) ++without_id_;
  }
  // Reads until all of `count` requests are answered and `last` was told.
  void read_until(WebSocket& socket, std::size_t count, const std::string& last) {
    while (answers_.size() < count || messages_.empty() || messages_.back() != last) {
      const auto message = socket.receive(10s);
      if (!message) return;
      add(*message);
    }
  }
  // All of `events` in their order; answers may stand between them.
  bool has_all_of(const std::vector<std::string>& events) const {
    auto next = events.begin();
    for (const auto& message : messages_) {
      if (next != events.end() && message == *next) ++next;
    }
    return next == events.end();
  }
  const std::vector<std::string>& messages() const { return messages_; }
  const std::map<std::string, int>& answers() const { return answers_; }
  std::size_t without_id() const { return without_id_; }

 private:
  std::vector<std::string> messages_;
  std::map<std::string, int> answers_;
  std::size_t without_id_ = 0;
};

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("200 random commands of 20 clients and a stop: idle at once, no file without need") {
  constexpr std::size_t kClients = 20;
  constexpr int kCommandsEach = 10;
  Service service({"--log-level", "debug"});
  REQUIRE(service.online());
  // Everybody is there from the beginning; the last one only listens.
  std::vector<std::unique_ptr<WebSocket>> sockets;
  for (std::size_t i = 0; i <= kClients; ++i)
    sockets.push_back(std::make_unique<WebSocket>(service.app_port()));
  std::vector<std::thread> clients;
  for (std::size_t number = 0; number < kClients; ++number) {
    clients.emplace_back([&socket = *sockets[number], number] {
      std::mt19937 random(static_cast<unsigned>(number));
      for (int i = 0; i < kCommandsEach; ++i) {
        const std::string command = random() % 2 == 0 ? "start" : "stop";
        socket.send(R"({"command":")" + command + R"(","request_id":")" + std::to_string(i) +
                    "\"}");
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
      }
    });
  }
  for (auto& client : clients)
    client.join();
  std::this_thread::sleep_for(500ms);
  const auto stopped_at = Clock::now();
  const auto idle = service.command("stop");
  const double until_idle = seconds_since(stopped_at);
  CHECK(idle.at("status").as_string() == "idle");

  // The end of the story, for all alike; and what a stop takes that comes alone.
  service.command("start");
  const auto stopped_alone_at = Clock::now();
  const auto last = "idle " + std::string(service.command("stop").at("file").as_string());
  const double alone = seconds_since(stopped_alone_at);
  WARN("idle " << until_idle << " s after the last stop; a stop alone takes " << alone << " s");
  // The bar is 2 s on a machine that is not busy.
  CHECK(until_idle <= std::max(10.0, 3 * alone));
  std::vector<Told> told(sockets.size());
  for (std::size_t i = 0; i < sockets.size(); ++i)
    told[i].read_until(*sockets[i], i < kClients ? kCommandsEach : 0, last);
  const auto& events = told.back().messages();
  for (std::size_t i = 0; i < told.size(); ++i) {
    CAPTURE(i);
    CHECK(told[i].has_all_of(events));
    CHECK(told[i].without_id() <= events.size());
    if (i == kClients) continue;
    CHECK(told[i].answers().size() == kCommandsEach);
    for (const auto& [id, count] : told[i].answers()) {
      CAPTURE(id);
      CHECK(count == 1);
    }
  }

  const auto changes = count_of(service.log(), "recording is to be o");
  const auto files = service.files();
  WARN(files.size() << " files of " << changes << " changes");
  CHECK(files.size() <= changes);
  CHECK(changes <= kClients * kCommandsEach + 3);
  CHECK(service.status().at("recording").as_string() == "stopped");
  CHECK_FALSE(service.ffmpeg());
  for (const auto& entry : std::filesystem::directory_iterator(service.recordings() / ".partial")) {
    CHECK(entry.path().filename() == "lock");
  }
  for (const auto& file : files)
    CHECK(is_complete(file));
}

TEST_CASE("status is answered at once while a stop waits for an ffmpeg that stands still") {
  Service service({"--segment-seconds", "600"});
  REQUIRE(service.online());
  WebSocket socket(service.app_port());
  REQUIRE(service.command("start").at("status").as_string() == "recording");

  int asked = 0;
  // The slowest answer within `limit`, or until the stop is answered.
  bool stopped = false;
  const auto slowest_within = [&](double limit) {
    double slowest = 0;
    for (const auto begin = Clock::now(); !stopped && seconds_since(begin) < limit;) {
      const auto asked_at = Clock::now();
      const auto id = std::to_string(++asked);
      socket.send(R"({"command":"status","request_id":")" + id + "\"}");
      for (bool answered = false; !answered;) {
        const auto message = socket.receive(20s);
        REQUIRE(message);
        const auto* answers = message->if_contains("request_id");
        if (answers == nullptr) continue;
        answered = answers->as_string() == id;
        stopped |= answers->as_string() == "stop";
      }
      slowest = std::max(slowest, seconds_since(asked_at));
      std::this_thread::sleep_for(300ms);
    }
    return slowest;
  };
  const double usual = slowest_within(5);
  const auto ffmpeg = service.ffmpeg();
  REQUIRE(ffmpeg);
  ::kill(*ffmpeg, SIGSTOP);
  socket.send(R"({"command":"stop","request_id":"stop"})");
  asked = 0;
  const double slowest = slowest_within(12);
  if (service.ffmpeg() == ffmpeg) ::kill(*ffmpeg, SIGCONT);
  WARN("the slowest of " << asked << " answers took " << slowest << " s, before the stop " << usual
                         << " s");
  CHECK(asked > 1);
  // The bar is 0.2 s on a machine that is not busy.
  CHECK(slowest <= std::max(2.0, 3 * usual));
  while (!stopped) {
    const auto message = socket.await("idle", 20s);
    REQUIRE(message);
    stopped = message->contains("request_id");
  }
}

TEST_CASE("a command that another client's overtakes is answered, and no file is made for it") {
  Service service;
  REQUIRE(service.online());
  service.camera().unplug();
  REQUIRE(wait_until([&] { return !service.status().at("camera").at("online").as_bool(); }, 15s));
  WebSocket first(service.app_port());
  WebSocket second(service.app_port());
  const auto started_at = Clock::now();
  first.send(R"({"command":"start","request_id":"1"})");
  first.send(R"({"command":"status","request_id":"2"})");
  REQUIRE(first.await("snapshot"));  // the one of the beginning
  REQUIRE(first.await("snapshot"));  // the start has been read
  second.send(R"({"command":"stop","request_id":"3"})");
  std::optional<boost::json::object> answer;
  do {
    answer = first.receive();
    REQUIRE(answer);
  } while (!answer->contains("request_id"));
  CHECK(answer->at("request_id").as_string() == "1");
  // A machine that took so long to get here has answered the start already.
  const bool in_time = seconds_since(started_at) < 3;
  if (in_time) CHECK(answer->at("status").as_string() == "idle");
  REQUIRE(second.await("idle"));
  CHECK(service.files().empty());
}

TEST_CASE("recording is switched by requests") {
  Service service;
  REQUIRE(service.online());
  const auto on = request(service.app_port(), "POST", "/api/recording", R"({"on":true})");
  CHECK(on.status == 200);
  CHECK(json(on).at("recording").as_string() == "running");
  const std::string file(json(on).at("current_file").as_string());
  const auto off = request(service.app_port(), "POST", "/api/recording", R"({"on":false})");
  CHECK(off.status == 200);
  CHECK(json(off).at("recording").as_string() == "stopped");
  REQUIRE(service.files().size() == 1);
  CHECK(service.files().front().filename() == file);
  CHECK(is_complete(service.files().front()));
}
