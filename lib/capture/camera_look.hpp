// Finds out why no pictures come, while none do.
#pragma once

#include "capture/camera_complaint.hpp"
#include "capture/camera_trouble.hpp"
#include "core/asio.hpp"
#include "core/settings.hpp"
#include "core/task_group.hpp"
#include "v4l2/tool.hpp"

#include <functional>
#include <optional>
#include <string>

namespace minidvr::capture {

// What the camera offers, by v4l2-ctl, which nobody who uses the camera has to wait for.
// unavailable or not_found: it does not say, and why.
Task<Result<v4l2::Offered>> list_formats(TaskGroup& tasks, v4l2::Tool tool);

// Looks at the device when ustreamer shows its placeholder: twice a second at what costs nothing,
// and when something has changed, or all few seconds, at who has it and at what it offers.
class CameraLook {
 public:
  static constexpr milliseconds kInterval{500};
  static constexpr seconds kLongestInterval{5};

  struct Observer {
    std::function<bool()> delivers;  // pictures come
    std::function<bool()> waits;     // ustreamer runs, and has no camera
  };

  // `tasks`: to them belongs what is run for it. Only on the main thread.
  CameraLook(TaskGroup& tasks, const Settings& settings, Observer observer);

  // Until cancelled.
  Task<> run();
  // What ustreamer prints, and that it is started: what it said before is of another run.
  void on_line(std::string_view line) { complaints_.on_line(line); }
  void on_start();

  // What ustreamer said last of a camera that it gets no pictures from.
  Complaint complaint() const { return complaints_.newest(); }
  // Whether what it serves is what the camera sends, and not of its own encoding.
  bool is_untouched() const { return !complaints_.makes_jpegs(); }

  // As found last; nullopt: pictures come, or it is not known why none do.
  const std::optional<CameraTrouble>& trouble() const { return trouble_; }

 private:
  CameraFacts facts() const;
  bool is_new(const CameraFacts& facts);
  Task<> look(CameraFacts facts);
  Task<> look_at_what_comes();

  TaskGroup& tasks_;
  const Settings& settings_;
  const v4l2::Tool tool_;
  Observer observer_;
  Complaints complaints_;
  std::optional<CameraTrouble> trouble_;
  bool delivered_ = false;  // at the last look
  std::string told_;        // of what comes in place of what is asked for
  std::string looked_at_;
  SteadyTime looked_{};
};

}  // namespace minidvr::capture
