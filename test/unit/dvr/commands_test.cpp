// Every order of commands, events and times that a client can tell apart.
#include "dvr/commands.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using dvr::Command;
using dvr::CommandAnswer;
using dvr::CommandId;
using dvr::Commands;
using Kind = dvr::CommandAnswer::Kind;
using Ids = std::vector<CommandId>;

namespace {

// Commands of one client each, unless it says otherwise, and a recorder that is what the test says.
struct CommandsBench {
  bool start(CommandId id) { return commands.arrive({id, id, true}, now); }
  bool stop(CommandId id) { return commands.arrive({id, id, false}, now); }

  std::vector<CommandAnswer> answers() { return commands.answers(now, situation); }

  Ids begin(const std::string& file) {
    situation.current_file = situation.last_file = file;
    situation.idle = false;
    return commands.file_begun();
  }
  Ids end() {
    situation.current_file.clear();
    situation.idle = true;
    return commands.all_written();
  }
  // A recording that runs, and nobody waits for anything.
  void record(const std::string& file) {
    start(1000);
    begin(file);
  }

  Commands commands;
  SteadyTime now{};
  dvr::Situation situation{"", "", "no frames from the camera", true};
};

void check_one(const std::vector<CommandAnswer>& answers, CommandId id, Kind kind,
               const std::string& file) {
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].command == id);
  CHECK(answers[0].kind == kind);
  CHECK(answers[0].file == file);
}

}  // namespace

TEST_CASE("a start is answered by the file that begins, a stop when all is written") {
  CommandsBench bench;
  CHECK(bench.start(1));
  CHECK(bench.answers().empty());
  CHECK(bench.begin("a") == Ids{1});
  CHECK(bench.answers().empty());
  CHECK(bench.stop(2));
  bench.now += seconds(60);  // however long that takes
  CHECK(bench.answers().empty());
  CHECK(bench.end() == Ids{2});
  CHECK(bench.commands.waiting() == 0);
}

TEST_CASE("a start while recording and a stop while idle change nothing and are answered at once") {
  CommandsBench bench;
  CHECK_FALSE(bench.stop(1));
  check_one(bench.answers(), 1, Kind::idle, "");
  bench.record("a");
  CHECK_FALSE(bench.start(2));
  check_one(bench.answers(), 2, Kind::recording, "a");
  bench.begin("b");  // it has moved on
  bench.start(3);
  check_one(bench.answers(), 3, Kind::recording, "b");
}

TEST_CASE("those who wait for the same are answered by one event, in order of arrival") {
  CommandsBench bench;
  bench.start(1);
  CHECK_FALSE(bench.start(2));
  CHECK(bench.answers().empty());
  CHECK(bench.begin("a") == Ids{1, 2});
  CHECK(bench.begin("b").empty());
  bench.stop(3);
  CHECK_FALSE(bench.stop(4));
  CHECK(bench.answers().empty());
  CHECK(bench.end() == Ids{3, 4});
}

TEST_CASE("a start that waits too long says for what") {
  CommandsBench bench;
  bench.start(1);
  bench.now += Commands::kBeginLimit - milliseconds(1);
  CHECK(bench.answers().empty());
  bench.now += milliseconds(1);
  const auto answers = bench.answers();
  check_one(answers, 1, Kind::waiting, "");
  CHECK(answers[0].detail == "no frames from the camera");
  // Who asks later has waited long enough, too.
  bench.start(2);
  check_one(bench.answers(), 2, Kind::waiting, "");
  CHECK(bench.begin("a").empty());
}

TEST_CASE("a start while the camera is gone again says so") {
  CommandsBench bench;
  bench.record("a");
  bench.situation.current_file.clear();
  bench.start(1);
  CHECK(bench.answers().empty());  // it may be a moment between two files
  bench.now += Commands::kBeginLimit;
  check_one(bench.answers(), 1, Kind::waiting, "");
}

TEST_CASE("a start that a stop has made pointless is answered with what is") {
  CommandsBench bench;
  bench.situation.last_file = "before";
  bench.start(1);
  bench.start(2);
  CHECK(bench.stop(3));
  const auto answers = bench.answers();
  REQUIRE(answers.size() == 2);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CHECK(answers[i].command == i + 1);
    CHECK(answers[i].kind == Kind::idle);
    CHECK(answers[i].file == "before");
  }
  CHECK(bench.end() == Ids{3});
}

TEST_CASE("a stop that a start has made pointless is answered with what is") {
  CommandsBench bench;
  bench.record("a");
  bench.stop(1);
  CHECK(bench.answers().empty());
  CHECK(bench.start(2));
  // The file of before is still being written; the start waits for its own.
  check_one(bench.answers(), 1, Kind::recording, "a");
  CHECK(bench.begin("b") == Ids{2});
}

TEST_CASE("the end of an earlier recording is no answer to a stop of the next one") {
  CommandsBench bench;
  bench.record("a");
  bench.stop(1);
  bench.answers();
  bench.start(2);
  bench.answers();
  CHECK(bench.commands.all_written().empty());  // told late, while recording is wanted again
  CHECK(bench.commands.waiting() == 1);
  bench.stop(3);
  check_one(bench.answers(), 2, Kind::recording, "a");
  CHECK(bench.end() == Ids{3});
}

TEST_CASE("a file that begins while recording is being switched off answers no stop") {
  CommandsBench bench;
  bench.record("a");
  bench.stop(1);
  CHECK(bench.begin("b").empty());
  CHECK(bench.answers().empty());
  CHECK(bench.end() == Ids{1});
}

TEST_CASE("a start whose recording goes on in the file of before is answered with that file") {
  CommandsBench bench;
  bench.record("a");
  bench.stop(1);
  bench.start(2);
  bench.answers();
  bench.now += Commands::kBeginLimit;
  check_one(bench.answers(), 2, Kind::recording, "a");
}

TEST_CASE("an event may come before the recorder has returned from being told") {
  CommandsBench bench;
  bench.start(1);
  bench.stop(2);
  CHECK(bench.end() == Ids{2});
  check_one(bench.answers(), 1, Kind::idle, "");
}

TEST_CASE("a recorder that is idle without having said so leaves no stop waiting") {
  CommandsBench bench;
  bench.start(1);
  bench.stop(2);
  check_one(bench.answers(), 1, Kind::idle, "");
  bench.now += Commands::kUntoldLimit - milliseconds(1);
  CHECK(bench.answers().empty());
  bench.situation.idle = false;
  bench.now += milliseconds(1);
  CHECK(bench.answers().empty());  // it was not idle all the time
  bench.situation.idle = true;
  CHECK(bench.answers().empty());
  bench.now += Commands::kUntoldLimit;
  check_one(bench.answers(), 2, Kind::idle, "");
  bench.stop(3);
  check_one(bench.answers(), 3, Kind::idle, "");
}

TEST_CASE("the wish that the program begins with is older than any command") {
  CommandsBench bench;
  CHECK(bench.commands.begin_with(true, bench.now));
  CHECK(bench.commands.wish());
  CHECK_FALSE(bench.start(1));
  CHECK(bench.begin("a") == Ids{1});

  CommandsBench other;
  other.stop(1);
  CHECK_FALSE(other.commands.begin_with(true, other.now));
  CHECK_FALSE(other.commands.wish());
}

TEST_CASE("one client may not fill the room for all") {
  CommandsBench bench;
  bench.record("a");
  bench.stop(1);
  for (CommandId id = 2; id < 2 + Commands::kMostWaitingOfOne; ++id) {
    bench.commands.arrive({id, 77, false}, bench.now);
    CHECK(bench.answers().empty());
  }
  bench.commands.arrive({500, 77, false}, bench.now);
  check_one(bench.answers(), 500, Kind::refused, "");
  bench.stop(501);  // another client
  CHECK(bench.answers().empty());
}

TEST_CASE("only so many commands wait in all, and what changes the wish is never refused") {
  CommandsBench bench;
  bench.record("a");
  CommandId id = 1;
  while (bench.commands.waiting() < Commands::kMostWaiting) {
    bench.stop(id++);
    REQUIRE(bench.answers().empty());
  }
  bench.stop(id);
  const auto refused = bench.answers();
  check_one(refused, id, Kind::refused, "");
  CHECK(refused[0].detail == "too many commands are waiting; try again in a moment");
  CHECK(bench.start(999));
  CHECK(bench.answers().size() == Commands::kMostWaiting);
  CHECK(bench.begin("b") == Ids{999});
}
