// One segment: an ffmpeg that is fed frames, and the file that it writes.
#pragma once

#include "capture/frame.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"
#include "process/child.hpp"
#include "recording/ivf.hpp"
#include "recording/segment_file.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/uio.h>

namespace minidvr::recording {

using capture::FramePtr;

// How a segment is written.
struct SegmentSpec {
  std::filesystem::path recordings_dir;
  std::string ffmpeg_bin;
  std::uint32_t header_bytes = 0;  // to reserve for moov
  microseconds frame_interval{0};  // how long the last frame is shown
};

class SegmentWriter {
 public:
  // ffmpeg is given up when it takes nothing for so long. A disk may stall: the frame buffer holds
  // for longer than this at usual rates, and what waits goes to the next ffmpeg.
  static constexpr seconds kHangLimit{10};
  static constexpr seconds kHangLimitInHurry{2};
  // What a kill of everything at once may take with it.
  static constexpr milliseconds kFollowInterval{500};
  static constexpr int kFollowsPerSync = 2;

  // Told, on the I/O thread, of every frame that is in the file for good.
  using OnConfirmed = std::function<void(const capture::Frame& frame)>;

  // Makes the file's place and starts ffmpeg for a segment that begins with `first`.
  static Task<Result<std::shared_ptr<SegmentWriter>>> open(BlockingPool& pool, TaskGroup& tasks,
                                                           SegmentSpec spec, FramePtr first,
                                                           OnConfirmed on_confirmed);

  // Use open().
  SegmentWriter(BlockingPool& pool, TaskGroup& tasks, SegmentFile file, SegmentSpec spec,
                FramePtr first, OnConfirmed on_confirmed, const net::any_io_executor& executor);
  ~SegmentWriter();

  // Gives a frame to ffmpeg; waits while ffmpeg takes none. After an error only close() is allowed;
  // the frame is then among its leftovers.
  Task<Result<>> write(FramePtr frame);

  struct Closed {
    std::string name;                 // of the published file; empty when there is none
    std::string problem;              // what ffmpeg or the disk did wrong; empty: nothing
    std::vector<FramePtr> leftovers;  // frames that did not reach the file, in order
  };

  // The program is about to end: an ffmpeg that hangs is given up sooner.
  void hurry() { hang_limit_ = kHangLimitInHurry; }

  // Ends the segment: lets ffmpeg finish within `grace` (zero: kills it), and makes a complete file
  // of what there is in any case.
  Task<Closed> close(Steady::duration grace);

  std::string name() const { return file_.stem() + ".mp4"; }
  // Since when the file has not grown although frames were given.
  Steady::duration without_growth() const;
  // Of the disk, such as a failed sync; empty: none.
  const std::string& problem() const { return problem_; }

 private:
  static Task<> follow_regularly(std::shared_ptr<SegmentWriter> self);
  Task<> follow(bool sync);
  Result<> start_ffmpeg();
  // A frame, and what stands before it in the pipe.
  struct Given {
    FramePtr frame;
    ivf::FrameHeader header;
  };
  enum class Lifetime { call, until_confirmed };
  Task<Result<>> give(std::span<iovec> pieces, Lifetime lifetime);
  Task<Result<>> wait_until_writable();
  Result<> gone() const;

  BlockingPool& pool_;
  TaskGroup& tasks_;
  SegmentFile file_;
  SegmentSpec spec_;
  FramePtr first_;
  OnConfirmed on_confirmed_;
  net::posix::stream_descriptor input_;
  Event wake_;              // ends the following
  bool following_ = false;  // a task follows the file
  bool closing_ = false;
  std::optional<process::Child> ffmpeg_;
  std::shared_ptr<std::string> last_error_;  // what ffmpeg said last
  std::deque<Given> unconfirmed_;
  std::deque<Sample> samples_;  // of unconfirmed_
  std::size_t given_ = 0;       // frames, in all
  std::uint64_t given_bytes_ = 0;
  std::uint64_t file_bytes_ = 0;
  SteadyTime last_growth_;
  SteadyTime last_taken_;
  Steady::duration hang_limit_ = kHangLimit;
  std::string problem_;
};

}  // namespace minidvr::recording
