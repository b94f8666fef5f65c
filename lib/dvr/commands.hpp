// Which start or stop is answered when, and with what. Pure: commands, events and times in, answers
// out.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::dvr {

using CommandId = std::uint64_t;
using SenderId = std::uint64_t;

struct Command {
  CommandId id = 0;     // of this command alone
  SenderId sender = 0;  // of all commands of one client
  bool on = false;      // start, else stop
};

struct CommandAnswer {
  enum class Kind {
    recording,  // `file` is being written
    waiting,    // recording is on, but nothing is written yet; `detail` says why
    idle,       // nothing is being written; `file` is the last file, may be empty
    refused,    // it was not carried out; `detail` says why
  };
  CommandId command = 0;
  Kind kind = Kind::idle;
  std::string file;
  std::string detail;
  Reason reason = Reason::of_code;  // where it is refused or waits
};

// What is, in the moment in which commands are answered.
struct Situation {
  std::string current_file;  // empty: nothing is being written
  std::string last_file;
  std::string obstacle;             // why nothing is written although it should be
  bool idle = true;                 // the recorder says that recording is off and all is written
  Reason reason = Reason::of_code;  // of the obstacle
};

// Commands count in the order in which they arrive, over all clients. What the newest one says is
// the wish, at once. So all commands that wait want the same: one that wants the other makes them
// pointless, and they are answered with what is.
//
// A start waits for a file to begin, for kBeginLimit after recording was switched on; a stop waits
// until all is written. Each command is answered once: by an event, or by answers().
class Commands {
 public:
  // A recording that was asked for begins with the next frame; longer than this, whoever started it
  // is told that it waits.
  static constexpr seconds kBeginLimit{3};
  // A recorder that is idle so long without having said so is believed.
  static constexpr seconds kUntoldLimit{1};
  // A client has no use for more than one; several scripts behind one connection may have some.
  static constexpr std::size_t kMostWaitingOfOne = 32;
  // As many as there may be connections. Only commands that change nothing ever wait in numbers.
  static constexpr std::size_t kMostWaiting = 256;

  // The wish that the program begins with. False, and without effect, when a command came before.
  bool begin_with(bool on, SteadyTime now);

  // True: the wish has changed, and the recorder is to be told. Then call answers(). A command that
  // changes the wish is never refused.
  bool arrive(const Command& command, SteadyTime now);

  // A file has begun, or all is written and recording is off. The commands that this answers.
  std::vector<CommandId> file_begun();
  std::vector<CommandId> all_written();

  // Those that no event answers, in order of arrival. Call it again while any are waiting().
  std::vector<CommandAnswer> answers(SteadyTime now, const Situation& situation);

  bool decided() const { return decided_; }  // a command has come
  bool wish() const { return wish_; }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  enum class Fate { waits, pointless, refused };
  struct Waiting {
    Command command;
    Fate fate = Fate::waits;
  };

  void change_to(bool on, SteadyTime now);
  bool is_full_for(SenderId sender) const;
  std::vector<CommandId> take_waiting();
  void notice_untold_idle(SteadyTime now, const Situation& situation);
  std::optional<CommandAnswer> answer_to(const Waiting& waiting, SteadyTime now,
                                         const Situation& situation) const;

  bool decided_ = false;
  bool wish_ = false;
  bool idle_ = true;    // recording is off and all is written
  bool begun_ = false;  // a file has begun since recording was switched on
  SteadyTime changed_at_{};
  std::optional<SteadyTime> untold_idle_since_;
  std::vector<Waiting> waiting_;  // in order of arrival
};

}  // namespace minidvr::dvr
