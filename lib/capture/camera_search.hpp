// Finds the camera again when the kernel has given it another name, and keeps another one that has
// its name from being taken for it.
#pragma once

#include "capture/known_camera.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/clock.hpp"
#include "core/event.hpp"
#include "core/settings.hpp"
#include "core/state_gate.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::capture {

// Where `device` is a name that the kernel gives ("/dev/video0"). Links and all else name their
// camera by themselves, and are used as they are.
//
// The camera that has delivered under that name is remembered, in STATE_DIR/camera.json. It is used
// wherever it is; while it is nowhere, and another one has the name, that one is used.
class CameraSearch {
 public:
  struct Limits {
    Steady::duration look = seconds(1);             // between two looks
    Steady::duration look_while_well = seconds(5);  // while the camera delivers
    // After a hub was reset, or at a start, the cameras come one after the other.
    Steady::duration wait_for_ours = seconds(10);  // while another one has its name
    Steady::duration until_known = seconds(3);     // that a camera has to deliver to be remembered
    Steady::duration until_replaced =
        std::chrono::minutes(10);               // the same, in place of another one
    Steady::duration save_again = seconds(30);  // what a disk did not take
    // The kernel answers late for a device that is being set up.
    Steady::duration answer = seconds(5);
  };

  struct Observer {
    std::function<bool()> delivers;  // pictures come, and are taken
    // path() is another one.
    std::function<void(const std::string& why)> on_moved;
  };

  // `pool`: for the file. The looks have a thread of their own: a disk that hangs is no reason not
  // to find the camera.
  CameraSearch(const net::any_io_executor& executor, BlockingPool& pool, const Settings& settings,
               StateGate state_gate, Observer observer, std::filesystem::path sys = "/sys");

  // Two tasks, until cancelled; they return at once where there is nothing to search: look, and
  // read and write the file.
  Task<> look();
  Task<> remember();

  // The device to be used now.
  const std::string& path() const { return path_; }
  NodeReason reason() const { return reason_; }

  // ustreamer is started on path().
  void on_start() { started_on_ = path_; }
  // Pictures come since `since`, after none did: whether they are of the camera that is meant. To
  // be asked again while it is not known, which a look later it is.
  bool believes(SteadyTime since);

 private:
  struct Seen {
    std::vector<VideoNode> nodes;
    SteadyTime began{};  // what has changed since then is not in it
  };

  void judge(Seen seen);
  void judge_other(const NodeChoice& choice, SteadyTime now);
  void learn(const NodeChoice& choice, const std::vector<VideoNode>& nodes, SteadyTime now);
  void follow(const NodeChoice& choice);
  Task<> load();
  Task<bool> save();

  BlockingPool& pool_;
  std::unique_ptr<BlockingPool> looks_;  // only where it searches
  const std::string device_;
  const std::filesystem::path file_;
  const std::filesystem::path sys_;
  const bool searches_;
  const StateGate gate_;
  Observer observer_;
  const Limits limits_{};
  Event event_;

  std::string path_;
  NodeReason reason_ = NodeReason::as_configured;
  std::string started_on_;
  std::optional<KnownCamera> known_;
  bool was_read_ = false;   // the file, if there is one
  bool was_asked_ = false;  // once, with what answer ever
  bool dirty_ = false;
  std::string save_problem_;               // that was told
  bool is_wanted_ = false;                 // a look, at once
  std::optional<SteadyTime> looked_;       // when the newest look began
  std::string choice_;                     // what it said
  std::optional<SteadyTime> other_since_;  // another camera has the name
  bool other_was_told_ = false;
  std::optional<NodeIdentity> delivering_;  // that may have to be remembered
  SteadyTime delivering_since_{};
};

// For who looks once: the node of the camera that is meant, as it is remembered. Blocks.
NodeChoice find_node(const Settings& settings, const std::filesystem::path& sys);

}  // namespace minidvr::capture
