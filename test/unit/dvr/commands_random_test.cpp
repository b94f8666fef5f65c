// 20 clients, 200 commands, and a recorder that takes its time, loses its camera, moves on to other
// files and keeps some of its events to itself.
#include "dvr/commands.hpp"

#include <algorithm>
#include <map>
#include <random>

#include <catch2/catch.hpp>

using namespace minidvr;
using dvr::Command;
using dvr::CommandAnswer;
using dvr::CommandId;
using Kind = dvr::CommandAnswer::Kind;

namespace {

constexpr int kClients = 20;
constexpr int kCommands = 200;
constexpr int kSeeds = 500;
constexpr milliseconds kStep{50};

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  void run() {
    while (given_.size() < kCommands) {
      step();
      // Some come in the same moment.
      while (chance(3) && given_.size() < kCommands)
        give();
    }
    last_command_ = now_;
    camera_there_ = true;
    // However the recorder takes its time, and some more.
    while (now_ < last_command_ + seconds(20))
      step();
  }

  void check() const {
    CHECK(commands_.waiting() == 0);
    for (const auto& [id, command] : given_) {
      CAPTURE(id, command.on);
      const auto found = answers_.find(id);
      REQUIRE(found != answers_.end());
      CHECK(found->second.size() == 1);
      check_answer(id, command, found->second.front());
    }
    CHECK(answers_.size() == given_.size());
    CHECK(files_ <= changes_ + moves_);
  }

 private:
  bool chance(int one_in) { return static_cast<int>(random_() % unsigned(one_in)) == 0; }

  void give() {
    const CommandId id = given_.size() + 1;
    const Command command{id, random_() % kClients, chance(2)};
    given_[id] = command;
    if (commands_.arrive(command, now_)) {
      ++changes_;
      ready_at_ = now_ + milliseconds(random_() % 6000);
      if (!command.on && !busy_) {
        busy_ = chance(2);  // nothing was written, so nothing need be told
      }
      begun_ = false;
    }
    answer();
  }

  void step() {
    now_ += kStep;
    if (chance(40)) camera_there_ = !camera_there_;
    if (commands_.wish()) {
      busy_ = true;
      const bool begins = !begun_ && now_ >= ready_at_ && camera_there_;
      const bool moves = begun_ && chance(30);
      if (moves) ++moves_;
      if (begins || moves) begin();
      if (begun_ && chance(50)) file_.clear();  // the camera is lost
    } else if (busy_ && now_ >= ready_at_) {
      file_.clear();
      busy_ = false;
      take(commands_.all_written(), {0, Kind::idle, last_file_, {}});
    } else if (busy_ && !file_.empty() && chance(30)) {
      ++moves_;
      begin();  // what is left to write goes into another file
    }
    answer();
  }

  void begin() {
    begun_ = commands_.wish();
    file_ = last_file_ = std::to_string(++files_);
    take(commands_.file_begun(), {0, Kind::recording, file_, {}});
  }

  void answer() {
    const auto answers = commands_.answers(now_, {file_, last_file_, "camera", !busy_});
    for (const auto& one : answers)
      take({one.command}, one);
  }

  void take(const std::vector<CommandId>& ids, const CommandAnswer& answer) {
    for (const auto id : ids)
      answers_[id].push_back({answer, given_.size(), now_});
  }

  struct Answered {
    CommandAnswer answer;
    std::size_t commands_so_far;
    SteadyTime when;
  };

  bool superseded(CommandId id, std::size_t commands_so_far) const {
    for (CommandId later = id + 1; later <= commands_so_far; ++later) {
      if (given_.at(later).on != given_.at(id).on) return true;
    }
    return false;
  }

  void check_answer(CommandId id, const Command& command, const Answered& answered) const {
    const Kind kind = answered.answer.kind;
    if (kind == Kind::refused || superseded(id, answered.commands_so_far)) return;
    // Nobody has asked for anything else: the answer is what was asked for.
    if (command.on) {
      CHECK((kind == Kind::recording || kind == Kind::waiting));
    } else {
      CHECK(kind == Kind::idle);
    }
  }

  std::mt19937 random_;
  dvr::Commands commands_;
  SteadyTime now_{};
  SteadyTime last_command_{};
  std::map<CommandId, Command> given_;
  std::map<CommandId, std::vector<Answered>> answers_;
  int changes_ = 0;

  // The recorder.
  SteadyTime ready_at_{};
  bool camera_there_ = true;
  bool busy_ = false;
  bool begun_ = false;
  std::string file_;
  std::string last_file_;
  int files_ = 0;
  int moves_ = 0;
};

}  // namespace

TEST_CASE("every command is answered once, and with what was asked for unless another one came") {
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    World world(seed);
    world.run();
    world.check();
  }
}
