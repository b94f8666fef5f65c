// Switches recording on and off as commands come, and tells what became of them.
#pragma once

#include "core/asio.hpp"
#include "core/event.hpp"
#include "dvr/commands.hpp"

#include <functional>
#include <string>
#include <vector>

namespace minidvr::dvr {

// Told to every client, in order.
struct RecordingEvent {
  enum class Kind { recording, idle };
  Kind kind = Kind::idle;
  std::string file;
  std::vector<CommandId> commands;  // those that it answers
};

// Called on the I/O thread, in the order in which things happen.
struct RecordingObserver {
  std::function<void(const RecordingEvent&)> on_event;
  std::function<void(const CommandAnswer&)> on_answer;  // of a command that no event answers
};

class RecordingSwitch {
 public:
  // What is switched. None of these waits.
  struct Recorder {
    std::function<void()> want;
    std::function<void()> unwant;
    std::function<Situation()> situation;
    std::function<void(bool recording)> save_wish;
  };

  RecordingSwitch(const net::any_io_executor& executor, Recorder recorder)
      : recorder_(std::move(recorder)), came_(executor) {}

  void observe(RecordingObserver observer) { observer_ = std::move(observer); }

  // Answers the commands that wait, when their time is up; until cancelled.
  Task<> run();

  // The wish that the program begins with; false when a command has come before.
  bool begin_with(bool on);
  bool decided() const { return commands_.decided(); }

  // Takes effect before it returns; it is answered then or later, once.
  void command(const Command& command);

  // The recorder's side.
  void file_begun(const std::string& file);
  void all_written(const std::string& last_file);

 private:
  void answer();
  void tell(const RecordingEvent& event) const;

  Recorder recorder_;
  RecordingObserver observer_;
  Commands commands_;
  Event came_;  // a command that waits
};

}  // namespace minidvr::dvr
