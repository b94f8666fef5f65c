// One ffmpeg that writes segments, one file after the other.
#pragma once

#include "capture/frame.hpp"
#include "core/asio.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"
#include "process/child.hpp"
#include "recording/ivf.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/uio.h>

namespace minidvr::recording {

struct MuxerSpec {
  std::string ffmpeg_bin;
  int folder = -1;                 // open: where its files go, whatever becomes of its path
  std::string stem;                // they are called STEM_000000.mp4, STEM_000001.mp4, ...
  seconds period{0};               // file k holds the frames from k * period on
  std::uint32_t reserve = 0;       // bytes for the header of each file
  microseconds frame_interval{0};  // how long the last frame of a file is shown
  unsigned width = 0;              // pixels
  unsigned height = 0;             // pixels
};

// Whether a line of ffmpeg's tells what went wrong. Some have their tags alone.
bool says_why(std::string_view line);

// The name of its file `number`.
std::string media_name(const std::string& stem, std::uint32_t number);

class Muxer : public std::enable_shared_from_this<Muxer> {
 public:
  // All on the I/O thread, none after on_ended.
  struct Events {
    std::function<void()> on_takes;   // a part of the frame is in the pipe
    std::function<void()> on_taken;   // all of it
    std::function<void()> on_listed;  // ffmpeg says that one more file is done
    // It has ended, and all that it said was heard. `problem`: how it ended and what it said last;
    // empty: with status 0.
    std::function<void(const std::string& problem)> on_ended;
  };

  // `tasks` must outlive it.
  static Result<std::shared_ptr<Muxer>> start(const net::any_io_executor& executor,
                                              TaskGroup& tasks, const MuxerSpec& spec,
                                              Events events);
  // Use start().
  Muxer(const net::any_io_executor& executor, TaskGroup& tasks, Events events);

  // Gives it a frame, whose memory must stay as it is until ffmpeg has written it or ended. One at
  // a time: the next one after on_taken. `time`: in ffmpeg's stream.
  void give(const capture::Frame& frame, microseconds time);

  // No more frames come: it finishes its file and ends.
  void close_input();
  void kill();

  pid_t pid() const { return child_->pid(); }

 private:
  bool push();
  Task<> push_when_writable();
  Task<> wait_for_end();

  TaskGroup& tasks_;
  Events events_;
  net::posix::stream_descriptor input_;
  std::optional<process::Child> child_;
  std::shared_ptr<std::string> last_error_;  // what ffmpeg said last

  // The pipe refers to a frame and to what stands before it instead of copying them. It has 256
  // places (1 MiB of pages), and a frame takes at least two.
  std::array<ivf::FrameHeader, 256> headers_{};
  std::size_t next_header_ = 0;
  std::array<iovec, 2> pieces_{};
  std::span<iovec> left_;  // of pieces_: what is not in the pipe yet
};

}  // namespace minidvr::recording
