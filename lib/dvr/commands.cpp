#include "dvr/commands.hpp"

#include <algorithm>
#include <utility>

namespace minidvr::dvr {
namespace {

constexpr const char* kTooMany = "too many commands are waiting; try again in a moment";

CommandAnswer what_is(CommandId id, const Situation& situation) {
  using Kind = CommandAnswer::Kind;
  if (situation.current_file.empty()) return {id, Kind::idle, situation.last_file, {}};
  return {id, Kind::recording, situation.current_file, {}};
}

}  // namespace

bool Commands::begin_with(bool on, SteadyTime now) {
  if (decided_) return false;
  if (on != wish_) change_to(on, now);
  return true;
}

bool Commands::arrive(const Command& command, SteadyTime now) {
  decided_ = true;
  const bool changes = command.on != wish_;
  if (changes) {
    for (auto& waiting : waiting_)
      waiting.fate = Fate::pointless;
    change_to(command.on, now);
  }
  const bool refused = !changes && is_full_for(command.sender);
  waiting_.push_back({command, refused ? Fate::refused : Fate::waits});
  return changes;
}

void Commands::change_to(bool on, SteadyTime now) {
  wish_ = on;
  changed_at_ = now;
  begun_ = false;
  if (on) idle_ = false;
  untold_idle_since_.reset();
}

bool Commands::is_full_for(SenderId sender) const {
  const auto of_sender = std::count_if(waiting_.begin(), waiting_.end(), [&](const Waiting& w) {
    return w.command.sender == sender;
  });
  return waiting_.size() >= kMostWaiting ||
         static_cast<std::size_t>(of_sender) >= kMostWaitingOfOne;
}

std::vector<CommandId> Commands::file_begun() {
  // Of what is still written after a stop, another file may begin.
  if (!wish_) return {};
  begun_ = true;
  return take_waiting();
}

std::vector<CommandId> Commands::all_written() {
  // The recording before the one that is wanted now.
  if (wish_) return {};
  idle_ = true;
  return take_waiting();
}

std::vector<CommandId> Commands::take_waiting() {
  std::vector<CommandId> ids;
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    if (waiting.fate != Fate::waits) return false;
    ids.push_back(waiting.command.id);
    return true;
  });
  return ids;
}

std::vector<CommandAnswer> Commands::answers(SteadyTime now, const Situation& situation) {
  notice_untold_idle(now, situation);
  std::vector<CommandAnswer> result;
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    auto answer = answer_to(waiting, now, situation);
    if (!answer) return false;
    result.push_back(std::move(*answer));
    return true;
  });
  return result;
}

// A recording that was stopped before its first frame need not be worth an event.
void Commands::notice_untold_idle(SteadyTime now, const Situation& situation) {
  if (wish_ || idle_ || !situation.idle) {
    untold_idle_since_.reset();
    return;
  }
  if (!untold_idle_since_) untold_idle_since_ = now;
  if (now - *untold_idle_since_ >= kUntoldLimit) idle_ = true;
}

std::optional<CommandAnswer> Commands::answer_to(const Waiting& waiting, SteadyTime now,
                                                 const Situation& situation) const {
  using Kind = CommandAnswer::Kind;
  const CommandId id = waiting.command.id;
  if (waiting.fate == Fate::refused) {
    return CommandAnswer{id, Kind::refused, {}, kTooMany, Reason::busy};
  }
  if (waiting.fate == Fate::pointless) return what_is(id, situation);
  if (!waiting.command.on) {
    if (!idle_) return std::nullopt;
    return CommandAnswer{id, Kind::idle, situation.last_file, {}};
  }
  const bool late = now - changed_at_ >= kBeginLimit;
  if ((begun_ || late) && !situation.current_file.empty()) return what_is(id, situation);
  if (!late) return std::nullopt;
  return CommandAnswer{id, Kind::waiting, {}, situation.obstacle, situation.reason};
}

}  // namespace minidvr::dvr
