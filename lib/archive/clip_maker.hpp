// Makes a clip: reads the frames, gives them to an ffmpeg, looks whether all is there, and gives
// the file its name.
#pragma once

#include "archive/archive.hpp"
#include "archive/clip.hpp"
#include "archive/clip_encoder.hpp"
#include "archive/clip_folder.hpp"
#include "archive/clip_plan.hpp"
#include "core/asio.hpp"
#include "core/task_group.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace minidvr::archive {

class ClipMaker {
 public:
  struct Order {
    std::string id;
    std::string name;
    ClipRequest request;
    std::function<void(const ClipPlan&)> on_planned = [](const ClipPlan&) {};
    std::function<void(double)> on_progress = [](double) {};  // 0 to 1
  };
  // What was given to ffmpeg: less than was planned when a recording can not be read any more.
  struct Given {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;  // of the frames
    WallTime start;           // of capture of the first frame
    microseconds length{0};   // until the last frame has been shown
    std::vector<ClipGap> gaps;
  };
  struct Made {
    ClipFolder::Published file;
    Given given;
  };

  // `tasks` and `archive` must outlive it.
  ClipMaker(net::any_io_executor executor, TaskGroup& tasks, Archive& archive, ClipFolder folder,
            std::string ffmpeg_bin);

  // What plan_clip() says; refused: the disk takes no file that large; unavailable: it has not room
  // for it and for the recorder.
  Task<Result<ClipPlan>> plan(ClipRequest request, std::size_t held = 0);

  // One at a time. An error: why there is no such file, and nothing is left of it.
  Task<Result<Made>> make(Order order);
  // What is being made ends soon, with an error, unless it is as good as done.
  void cancel();
  // Whether what was made last was to be cancelled.
  bool cancelled() const { return cancelled_; }

 private:
  class Leftover;
  struct Feed;

  Task<Result<recording::DiskSpace>> ask_space();
  Task<Result<Made>> make_file(const Order& order, const ClipPlan& plan);
  Task<Result<Given>> encode(const Order& order, const ClipPlan& plan);
  Task<Result<>> feed_all(Feed& feed);
  Task<Result<>> feed_part(Feed& feed, const ClipPlan::Part& part);
  Task<Result<>> feed_some(Feed& feed, WalkedRecording& recording);

  net::any_io_executor executor_;
  TaskGroup& tasks_;
  Archive& archive_;
  ClipFolder folder_;
  std::string ffmpeg_bin_;
  bool cancelled_ = false;
  ClipEncoder* encoder_ = nullptr;  // while one runs
};

}  // namespace minidvr::archive
