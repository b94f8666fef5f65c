#include "dvr/recording_switch.hpp"

#include "core/log.hpp"

namespace minidvr::dvr {
namespace {

// While commands wait, it is looked so often whether their time is up.
constexpr milliseconds kInterval{100};

}  // namespace

Task<> RecordingSwitch::run() {
  for (;;) {
    while (commands_.waiting() == 0)
      co_await came_.wait();
    co_await sleep_for(kInterval);
    answer();
  }
}

bool RecordingSwitch::begin_with(bool on) {
  if (!commands_.begin_with(on, Steady::now())) return false;
  if (on) recorder_.want();
  return true;
}

void RecordingSwitch::command(const Command& command) {
  if (commands_.arrive(command, Steady::now())) {
    log::debug("mini-dvr", "command {}: recording is to be {}", command.id,
               command.on ? "on" : "off");
    recorder_.save_wish(command.on);
    // The recorder may tell of an event before it returns.
    command.on ? recorder_.want() : recorder_.unwant();
  }
  answer();
  if (commands_.waiting() > 0) came_.notify();
}

void RecordingSwitch::answer() {
  const auto answers = commands_.answers(Steady::now(), recorder_.situation());
  if (!observer_.on_answer) return;
  for (const auto& one : answers)
    observer_.on_answer(one);
}

void RecordingSwitch::file_begun(const std::string& file) {
  tell({RecordingEvent::Kind::recording, file, commands_.file_begun()});
}

void RecordingSwitch::all_written(const std::string& last_file) {
  tell({RecordingEvent::Kind::idle, last_file, commands_.all_written()});
}

void RecordingSwitch::tell(const RecordingEvent& event) const {
  if (observer_.on_event) observer_.on_event(event);
}

}  // namespace minidvr::dvr
