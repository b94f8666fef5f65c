// The v4l2-ctl program: how it is run and what its answers mean.
#pragma once

#include "controls/control_value.hpp"
#include "core/asio.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"
#include "v4l2/tool.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::controls {

// What it means that `write`, or the listing (nullptr), failed, by what v4l2-ctl printed to stderr:
// unavailable where it is the whole camera.
Error failure_of(const Write* write, const std::string& printed);

// All failures are `unavailable`: no program, no device, no listing in time, no sense in it.
class V4l2Ctl {
 public:
  V4l2Ctl(TaskGroup& tasks, v4l2::Tool tool) : tasks_(tasks), tool_(std::move(tool)) {}

  Task<Result<CameraIdentity>> identify();

  struct SetResult {
    // If it was asked for; behind a write it may be missing all the same.
    std::optional<Listing> listing;
    // Of the driver: wrong_state, refused, not_found. A control that fails costs itself alone
    // (Reason::control_failed).
    std::optional<Error> refusal;
    bool timed_out = false;  // the refusal is that; the whole camera may be at fault
  };
  // One run: sets one control, or none, and reads everything back, which costs nearly nothing more.
  Task<Result<SetResult>> set(const Write* write, bool lists);

  std::string device() const { return tool_.device(); }
  std::uint64_t runs() const { return runs_; }

 private:
  Task<Result<process::ProgramOutput>> run(std::vector<std::string> arguments);

  TaskGroup& tasks_;
  v4l2::Tool tool_;
  std::uint64_t runs_ = 0;
};

}  // namespace minidvr::controls
