// The camera's controls as the front end sees them.
#pragma once

#include "controls/control_device.hpp"
#include "controls/preset_store.hpp"
#include "controls/remembered_values.hpp"
#include "controls/write_plan.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::controls {

struct ControlsOptions {
  v4l2::Tool tool;
  std::chrono::duration<double> cache_ttl{1};
  bool remember = true;  // set again what the user set, after the camera forgot it
  std::filesystem::path state_dir;
  StateGate state_gate = {};
};

class ControlsService {
 public:
  // Somebody who looks at the controls sees what others change within so much.
  static constexpr seconds kPollInterval{5};

  ControlsService(net::any_io_executor executor, BlockingPool& pool, ControlsOptions options,
                  TaskGroup::FailureHandler on_failure);
  ControlsService(const ControlsService&) = delete;
  ControlsService& operator=(const ControlsService&) = delete;

  // Starts everything. Returns at once. `camera_arrivals`: how often frames began to arrive,
  // nullopt while none do; `is_watched`: whether anybody is there to be told of changes. The camera
  // is asked for some only once somebody has asked for its controls, for as long as anybody is
  // there: each look costs a run of v4l2-ctl.
  void run(std::function<std::optional<unsigned>()> camera_arrivals,
           std::function<bool()> is_watched);

  // Ends all tasks and runs of v4l2-ctl, and writes what is not yet on disk.
  Task<> shut_down();

  // Told of every change, whoever made it. One observer.
  void on_change(std::function<void(const ListingChanges&)> observer) {
    device_.on_change(std::move(observer));
  }

  // `refresh`: what v4l2-ctl says now. unavailable when it says nothing.
  Task<Result<ControlListPtr>> list(bool refresh);

  // No `value`: the control's default. The control as it is afterwards.
  Task<Result<Control>> set(std::string id, std::optional<boost::json::value> value);

  // All or none pass the checks; the device may still refuse one, or fail at one. The outcomes are
  // in the order of the request; when nothing was set each has an error.
  Task<Result<ControlOutcomes>> set_several(Values values);

  // To the defaults: all, or those of one category. Those that were there already are done, too.
  Task<Result<ControlOutcomes>> reset(std::optional<std::string> category);

  PresetStore& presets() { return presets_; }
  // Saves `values`, or without any what the camera has now. True when the preset is new.
  Task<Result<bool>> save_preset(std::string name, std::optional<Values> values);
  // Sets what the camera has of it; what it has not, or can not take now, has an error.
  Task<Result<ControlOutcomes>> apply_preset(std::string name);

  // Runs of v4l2-ctl so far.
  std::uint64_t runs() const { return device_.runs(); }

 private:
  // What a request is checked against, and whose values it is about.
  struct Prepared {
    ControlListPtr controls;
    std::optional<CameraIdentity> camera;  // none: not known, or nothing is remembered
  };
  Task<Result<Prepared>> prepare_to_set();
  Task<> poll(std::function<bool()> is_watched);
  Task<> watch_camera(std::function<std::optional<unsigned>()> camera_arrivals);
  // What became of all of the plan. `remembers`: what is so then is what the user wants.
  Task<Result<ControlOutcomes>> carry_out(Plan plan, Prepared prepared, bool remembers);
  void forget(const Prepared& prepared, const std::vector<std::string>& ids);

  ControlsOptions options_;
  TaskGroup tasks_;
  ControlDevice device_;
  RememberedValues remembered_;
  PresetStore presets_;
  bool asked_for_ = false;  // since anybody is there
};

}  // namespace minidvr::controls
