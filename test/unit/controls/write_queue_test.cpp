#include "controls/write_queue.hpp"

#include "fixture.hpp"

#include <algorithm>

namespace minidvr::controls {
namespace {

using namespace std::chrono_literals;

const ControlList& camera() {
  static const ControlList controls = vivid();
  return controls;
}

Setting setting(const char* id, std::int64_t value) {
  return *check_value(get(camera(), id), ControlValue(value), Origin::client);
}

// Lets time pass and jobs run as the service does.
struct Bench {
  WriteQueue queue;
  SteadyTime now{std::chrono::hours(1)};
  std::vector<std::string> ran;

  WriteQueue::Ticket push(const char* id, std::int64_t value) {
    return *queue.push(setting(id, value));
  }
  // Starts a job if one may start now.
  std::optional<WriteQueue::Start> start() {
    auto action = queue.next(now);
    auto* started = std::get_if<WriteQueue::Start>(&action);
    if (started == nullptr) return std::nullopt;
    for (const auto& s : started->settings)
      ran.push_back(s.argument());
    return std::move(*started);
  }
  bool run() {
    const bool started = start().has_value();
    if (started) queue.finish();
    return started;
  }
  void run_all() {
    for (;;) {
      auto action = queue.next(now);
      if (const auto* until = std::get_if<WriteQueue::WaitUntil>(&action)) {
        now = until->time;
      } else if (const auto* started = std::get_if<WriteQueue::Start>(&action)) {
        for (const auto& s : started->settings)
          ran.push_back(s.argument());
        queue.finish();
      } else {
        return;
      }
    }
  }
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("the first setting starts at once, the next when it has ended", "[controls][queue]") {
  Bench bench;
  CHECK_FALSE(bench.run());
  const auto ticket = bench.push("hue", 1);
  const auto started = bench.start();
  REQUIRE(started);
  CHECK(started->tickets == std::vector{ticket});
  bench.push("volume", 2);
  CHECK_FALSE(bench.start());
  bench.queue.finish();
  CHECK(bench.start());
}

TEST_CASE("a waiting value is replaced by a later one, and both callers are told",
          "[controls][queue]") {
  Bench bench;
  bench.push("hue", 1);
  REQUIRE(bench.start());
  const auto a = bench.push("hue", 2);
  const auto b = bench.push("volume", 7);
  const auto c = bench.push("hue", 3);
  bench.queue.finish();
  const auto next = bench.start();
  REQUIRE(next);
  CHECK(next->tickets == std::vector{a, c});
  bench.queue.finish();
  CHECK(bench.start()->tickets == std::vector{b});
  CHECK(bench.ran == Words{"hue=1", "hue=3", "volume=7"});
}

TEST_CASE("a value that is being set is not replaced", "[controls][queue]") {
  Bench bench;
  bench.push("hue", 1);
  REQUIRE(bench.start());
  bench.push("hue", 2);
  bench.queue.finish();
  bench.run_all();
  CHECK(bench.ran == Words{"hue=1", "hue=2"});
}

TEST_CASE("a batch stays together and later values come after it", "[controls][queue]") {
  Bench bench;
  bench.push("hue", 1);
  REQUIRE(bench.queue.push_batch({setting("volume", 5), setting("hue", 6)}).has_value());
  bench.push("hue", 7);
  bench.push("hue", 8);
  bench.run_all();
  CHECK(bench.ran == Words{"hue=1", "volume=5", "hue=6", "hue=8"});
}

TEST_CASE("a slider dragged by three clients ends at the last value with few runs",
          "[controls][queue]") {
  Bench bench;
  const SteadyTime begin = bench.now;
  std::size_t told = 0;
  for (int i = 0; i < 300; ++i) {
    bench.now = begin + i * 5s / 300;
    bench.push("hue", i % 100);
    if (auto started = bench.start()) {
      told += started->tickets.size();
      bench.queue.finish();
    }
  }
  CHECK(bench.ran.size() <= 50);
  CHECK(bench.ran.size() >= 25);
  while (bench.queue.waiting() > 0) {
    auto action = bench.queue.next(bench.now);
    if (const auto* until = std::get_if<WriteQueue::WaitUntil>(&action)) bench.now = until->time;
    if (const auto* started = std::get_if<WriteQueue::Start>(&action)) {
      told += started->tickets.size();
      bench.ran.push_back(started->settings.front().argument());
      bench.queue.finish();
    }
  }
  CHECK(bench.ran.back() == "hue=99");
  CHECK(told == 300);
  CHECK(bench.now - begin < 6s);
}

TEST_CASE("two sliders at once both move", "[controls][queue]") {
  Bench bench;
  const SteadyTime begin = bench.now;
  for (int i = 0; i < 300; ++i) {
    bench.now = begin + i * 5s / 300;
    bench.push("hue", i % 100);
    bench.push("volume", i % 100);
    bench.run();
  }
  const auto runs_of = [&](const char* prefix) {
    return std::count_if(bench.ran.begin(), bench.ran.end(),
                         [&](const std::string& word) { return word.starts_with(prefix); });
  };
  CHECK(runs_of("hue") >= 12);
  CHECK(runs_of("volume") >= 12);
}

TEST_CASE("a handful of settings is not slowed down, a flood is", "[controls][queue]") {
  Bench bench;
  for (int i = 0; i < 8; ++i) {
    bench.push("hue", i);
    CHECK(bench.run());
  }
  bench.push("hue", 9);
  CHECK_FALSE(bench.run());
  bench.now += milliseconds(124);
  CHECK_FALSE(bench.run());
  bench.now += milliseconds(1);
  CHECK(bench.run());
  bench.now += 10s;
  for (int i = 0; i < 8; ++i) {
    bench.push("hue", i);
    CHECK(bench.run());
  }
}

TEST_CASE("a queue is bounded and says so", "[controls][queue]") {
  WriteQueue queue({.burst = 1, .interval = 1s, .most_waiting = 2});
  REQUIRE(queue.push_batch({setting("hue", 1)}).has_value());
  REQUIRE(queue.push(setting("volume", 1)).has_value());
  const auto full = queue.push(setting("hue", 2));
  REQUIRE(!full);
  CHECK(full.error().code == Errc::unavailable);
  CHECK(queue.push(setting("volume", 2)).has_value());
}

TEST_CASE("a batch larger than any burst still runs", "[controls][queue]") {
  Bench bench;
  std::vector<Setting> many;
  for (int i = 0; i < 50; ++i)
    many.push_back(setting("hue", i));
  REQUIRE(bench.queue.push_batch(many).has_value());
  CHECK(bench.run());
  CHECK(bench.ran.size() == 50);
}

}  // namespace minidvr::controls
