// What the user wants of the camera, and making it so again after the camera forgot it.
#pragma once

#include "controls/control_device.hpp"
#include "controls/remembered.hpp"
#include "controls/state_file.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/event.hpp"
#include "core/limited_log.hpp"

#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::controls {

// STATE_DIR/controls.json.
class WantedControls {
 public:
  WantedControls(const net::any_io_executor& executor, BlockingPool& pool, ControlDevice& device,
                 const std::filesystem::path& state_dir, StateGate gate = {});

  // Two tasks, until cancelled: read the file and take notes; write the file when it has changed.
  // Changes are gathered for a moment, so that a slider does not keep the disk busy.
  Task<> take_notes();
  Task<> save_notes();

  // Asks the camera who it is, unless that is known. What is set afterwards is remembered also when
  // the camera is gone a moment later.
  Task<> recognise();

  // The user set these; those with an error are not remembered.
  void remember_settings(std::vector<SettingOutcome> outcomes, ControlListPtr controls);
  // The user reset these.
  void forget_controls(std::vector<std::string> ids);

  // The camera delivers (again): sets what is remembered of it, reads back, and looks again for
  // some two seconds, because some cameras forget a setting shortly after their stream has begun.
  Task<> apply();

  // Returns when all that was remembered or forgotten is noted.
  Task<> noted();

  // Writes what is not yet on disk. For the time after the tasks were cancelled. False: it could
  // not.
  Task<bool> flush();

 private:
  // What the user did, in order; it is noted once the camera is known.
  struct Change {
    std::vector<SettingOutcome> set;
    std::vector<std::string> reset;
    ControlListPtr controls;  // for `set`
  };

  Task<> load();
  Task<std::optional<CameraIdentity>> identity();
  Task<bool> apply_once(const CameraIdentity& camera, bool is_first);
  void push(Change change);
  void note(const CameraIdentity& camera, const Change& change);

  BlockingPool& pool_;
  ControlDevice& device_;
  StateFile file_;
  Remembered cameras_;
  std::deque<Change> changes_;
  std::optional<CameraIdentity> identity_;  // of the camera now; none: not asked yet
  bool loaded_ = false;
  bool was_read_ = false;  // else what is in the file is not to be replaced
  bool dirty_ = false;
  Event event_;  // one of them has changed
  log::LimitedLog note_log_;
};

}  // namespace minidvr::controls
