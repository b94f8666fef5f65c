// What the user set on each camera, and making it so again after the camera forgot it.
#pragma once

#include "controls/control_device.hpp"
#include "controls/value_store.hpp"
#include "core/limited_log.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::controls {

// STATE_DIR/controls.json.
class RememberedValues {
 public:
  RememberedValues(const net::any_io_executor& executor, BlockingPool& pool, ControlDevice& device,
                   const std::filesystem::path& state_dir, StateGate gate = {});

  // Reads the file, then writes it when something has changed; until cancelled. Changes are
  // gathered for a moment, so that a slider does not keep the disk busy.
  Task<> keep();

  // Asks the camera who it is, unless that is known. What is set afterwards is remembered also when
  // the camera is gone a moment later.
  Task<std::optional<CameraIdentity>> identify();

  // The user set these on that camera.
  void remember(const std::optional<CameraIdentity>& camera, Values values);
  // The user reset these.
  void forget(const std::optional<CameraIdentity>& camera, const std::vector<std::string>& ids);

  enum class Applied {
    done,    // as far as the camera takes it
    unread,  // what is in the file is not known yet
    failed,  // the camera, or v4l2-ctl, does not answer
  };

  // The camera delivers: sets what is remembered of it, reads back, and looks again for some two
  // seconds, because some cameras forget a setting shortly after their stream has begun. Where
  // nothing is remembered no camera is asked: there may be none here, but a stream of another
  // machine. `is_new`: it has just begun to; else this is another try, after one that came to less
  // than done, and ends with the first failure.
  Task<Applied> apply(bool is_new);

  // Writes what is not yet on disk. For the time after the tasks were cancelled. False: it could
  // not.
  Task<bool> flush();

 private:
  // On another bus than before it is the same camera.
  void adopt(const CameraIdentity& camera);
  void note_change();
  bool is_dirty() const { return changes_ != saved_changes_; }
  // Nothing failed.
  Applied applied() const;
  void tell_applied(const Result<bool>& settled);
  // True when there was nothing to do.
  Task<Result<bool>> apply_once(const CameraIdentity& camera, bool is_first);

  ControlDevice& device_;
  ValueStore<Remembered> store_;
  std::uint64_t changes_ = 0;        // since the start
  std::uint64_t saved_changes_ = 0;  // so many of them need no write any more
  std::string told_why_not_;         // what is remembered could not be applied
  Event changed_;
  log::LimitedLog note_log_;
};

}  // namespace minidvr::controls
