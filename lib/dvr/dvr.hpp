// The recorder as the front end sees it: preview, recording, and the truth about both.
#pragma once

#include "capture/frame_feed.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/error.hpp"
#include "core/settings.hpp"
#include "core/task_group.hpp"
#include "dvr/status.hpp"

#include <functional>
#include <memory>
#include <string>

namespace minidvr::dvr {

// What became of a start or stop command.
struct CommandOutcome {
  enum class Kind {
    recording,  // recording runs; `file` is the current file
    waiting,    // recording is on, but nothing is written yet; `detail` says why
    idle,       // recording is off; `file` is the last file, may be empty
  };
  Kind kind = Kind::idle;
  std::string file;
  std::string detail;
  bool changed = false;  // false: it was so before the command, and nobody else was told
};

// Called on the I/O thread in the step in which the outcome is decided: no RecordingEvent can come
// between them.
using OutcomeHandler = std::function<void(const CommandOutcome&)>;

// Told to every client, in order.
struct RecordingEvent {
  enum class Kind { recording, idle };
  Kind kind = Kind::idle;
  std::string file;
};

class Dvr {
 public:
  Dvr(net::any_io_executor executor, BlockingPool& pool, const Settings& settings,
      TaskGroup::FailureHandler on_failure);
  Dvr(const Dvr&) = delete;
  Dvr& operator=(const Dvr&) = delete;
  ~Dvr();

  // Starts everything. Returns at once.
  void run();

  // Finishes the segment, ends the children, ends all tasks. Within 9 s.
  Task<> shut_down();

  // Switches recording on and returns when a file has begun, or after 3 s with `waiting`. Commands
  // are carried out one after the other, in the order of the calls.
  Task<> start(OutcomeHandler on_outcome);

  // Switches recording off and returns when the last file is complete.
  Task<> stop(OutcomeHandler on_outcome);

  // Called on the I/O thread for every RecordingEvent, before start() or stop() returns. One
  // observer.
  void on_event(std::function<void(const RecordingEvent&)> observer);

  Status status() const;

  // As in the status, and cheap enough to ask all the time.
  bool camera_online() const;

  capture::FrameFeed& frames();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace minidvr::dvr
