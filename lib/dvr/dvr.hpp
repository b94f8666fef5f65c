// The recorder as the front end sees it: preview, recording, and the truth about both.
#pragma once

#include "capture/frame_feed.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/error.hpp"
#include "core/settings.hpp"
#include "core/state_gate.hpp"
#include "core/task_group.hpp"
#include "dvr/recording_switch.hpp"
#include "dvr/status.hpp"
#include "recording/known_folder.hpp"

#include <memory>
#include <optional>

namespace minidvr::dvr {

class Dvr {
 public:
  // `folder`, that of the recordings, must outlive it; `state_gate`: see there.
  Dvr(net::any_io_executor executor, BlockingPool& pool, const Settings& settings,
      recording::KnownFolder& folder, StateGate state_gate, TaskGroup::FailureHandler on_failure);
  Dvr(const Dvr&) = delete;
  Dvr& operator=(const Dvr&) = delete;
  ~Dvr();

  // Starts everything. Returns at once.
  void run();

  // Finishes the segment, ends the children, ends all tasks. Within 9 s.
  Task<> shut_down();

  // Start or stop: takes effect before it returns, saved or not, and counts in the order of the
  // calls. It is answered then or later, once.
  void command(const Command& command);

  // Told of every event, and of every answer that is none. One observer.
  void observe(RecordingObserver observer);

  Status status() const;

  // As in the status, and cheap enough to ask all the time.
  std::optional<unsigned> camera_arrivals() const;  // as Camera::arrivals()
  // Of the device that is used now; it may change.
  std::string camera_path() const;
  std::string current_file() const;
  // Whether the folder is the right one, and no other mini-dvr records to it, as far as its file
  // system can tell.
  bool owns_folder() const;

  capture::FrameFeed& frames();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace minidvr::dvr
