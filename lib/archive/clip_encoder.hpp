// The ffmpeg that writes one clip, from frames that come on a pipe.
#pragma once

#include "core/asio.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"
#include "process/child.hpp"

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>

namespace minidvr::archive {

struct ClipEncoderSpec {
  std::string ffmpeg_bin;
  std::filesystem::path file;  // must not be there yet
  bool h264 = false;
  std::uint64_t header_bytes = 0;  // of the file's header, at the most
  microseconds last_shown{0};      // how long the last frame is
  unsigned width = 0;              // pixels
  unsigned height = 0;             // pixels
};

std::vector<std::string> clip_arguments(const ClipEncoderSpec& spec);

// Nobody else waits for it, and it may wait for others: at low priority, and to encode anew at idle
// priority.
class ClipEncoder {
 public:
  // Longer than a machine that records at its limit leaves it nothing, as far as is known.
  static constexpr std::chrono::minutes kStallTime{5};
  // From the last frame to the end: what the encoder has put off, or a slow disk's writes.
  static constexpr std::chrono::minutes kEndTime{10};

  // `tasks` must outlive it. not_found, unavailable: ffmpeg can not be started.
  static Result<std::unique_ptr<ClipEncoder>> start(const net::any_io_executor& executor,
                                                    TaskGroup& tasks, const ClipEncoderSpec& spec);
  ClipEncoder(const net::any_io_executor& executor, process::Child child,
              std::shared_ptr<std::string> last_line);

  // Bytes of an IVF stream, the file header among them. False: it takes no more; see end().
  Task<bool> give(std::string_view bytes);
  // No more come. Returns when it has ended: unavailable, with what it said last, unless it ended
  // well.
  Task<Result<>> end();

  void kill() { child_.signal(SIGKILL); }

 private:
  Task<> write(std::string_view bytes, bool& taken);

  process::Child child_;
  net::posix::stream_descriptor input_;
  std::shared_ptr<std::string> last_line_;
  bool stalled_ = false;
};

}  // namespace minidvr::archive
