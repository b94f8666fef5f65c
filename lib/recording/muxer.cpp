#include "recording/muxer.hpp"

#include "core/log.hpp"
#include "core/text.hpp"
#include "process/line_reader.hpp"
#include "process/supervised_process.hpp"

#include <cerrno>
#include <csignal>
#include <vector>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace minidvr::recording {
namespace {

// With -loglevel level+..., ffmpeg says the level of each line: "[mp4 @ 0x...] [error] text".
log::Level level_of(std::string_view line) {
  const auto has = [&](std::string_view tag) { return line.find(tag) != std::string_view::npos; };
  if (has("[fatal]") || has("[panic]") || has("[error]")) return log::Level::error;
  if (has("[info]") || has("[verbose]")) return log::Level::debug;
  return log::Level::warning;
}

}  // namespace

bool says_why(std::string_view line) {
  // "[out#0/segment @ 0x...] [error] text"
  while (line.starts_with('[')) {
    const auto end = line.find(']');
    if (end == std::string_view::npos) break;
    line = trim(line.substr(end + 1));
  }
  return !line.empty() && !line.ends_with("--");
}

namespace {

// vmsplice only reads, whatever its type says.
template <class Range>
iovec piece(const Range& bytes) {
  return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

// What is left of `pieces` after the first `count` bytes.
std::span<iovec> after(std::span<iovec> pieces, std::size_t count) {
  while (!pieces.empty() && count >= pieces.front().iov_len) {
    count -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (count > 0) {
    pieces.front().iov_base = static_cast<std::uint8_t*>(pieces.front().iov_base) + count;
    pieces.front().iov_len -= count;
  }
  return pieces;
}

// All decisions about files are made by the times of the frames: ffmpeg cuts before the first frame
// whose time reaches the next multiple of the period, and nowhere else.
std::vector<std::string> ffmpeg_arguments(const MuxerSpec& spec) {
  return {
      "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+error",
      // What is in the stream is known: ffmpeg need not look, and writes the first frame at once.
      "-probesize", "32", "-fpsprobesize", "0", "-f", "ivf", "-i", "pipe:0", "-map", "0:v", "-c",
      "copy",
      // Not having looked, it does not know how long the last frame is shown.
      "-bsf:v", fmt::format("setts=duration={}", spec.frame_interval.count()), "-f", "segment",
      "-segment_time", std::to_string(spec.period.count()), "-reset_timestamps", "1",
      "-segment_format", "mp4",
      // Every frame goes to the kernel when it comes, and so survives the end of ffmpeg. As outer
      // options these would not reach the files.
      "-segment_format_options", fmt::format("moov_size={}:flush_packets=1", spec.reserve),
      "-segment_list", "pipe:1", "-segment_list_type", "csv", "-segment_list_flags", "+live",
      "file:" + spec.stem + "_%06d.mp4"};
}

}  // namespace

std::string media_name(const std::string& stem, std::uint32_t number) {
  return fmt::format("{}_{:06}.mp4", stem, number);
}

Muxer::Muxer(const net::any_io_executor& executor, TaskGroup& tasks, Events events)
    : tasks_(tasks),
      events_(std::move(events)),
      input_(executor),
      last_error_(std::make_shared<std::string>()) {}

Result<std::shared_ptr<Muxer>> Muxer::start(const net::any_io_executor& executor, TaskGroup& tasks,
                                            const MuxerSpec& spec, Events events) {
  auto muxer = std::make_shared<Muxer>(executor, tasks, std::move(events));
  process::ChildSpec child_spec;
  child_spec.name = "ffmpeg";
  child_spec.program = spec.ffmpeg_bin;
  child_spec.arguments = ffmpeg_arguments(spec);
  child_spec.input = true;
  child_spec.folder = spec.folder;
  auto list =
      std::make_shared<process::LineReader>([weak = std::weak_ptr(muxer)](std::string_view) {
        if (const auto self = weak.lock()) self->events_.on_listed();
      });
  child_spec.on_stdout = [list](std::string_view bytes) { list->feed(bytes); };
  auto log_line = process::log_lines(child_spec.name, level_of);
  auto last =
      std::make_shared<process::LineReader>([error = muxer->last_error_](std::string_view line) {
        if (says_why(line)) *error = line;
      });
  child_spec.on_stderr = [log_line, last](std::string_view bytes) {
    log_line(bytes);
    last->feed(bytes);
  };
  auto child = process::Child::spawn(executor, tasks, child_spec);
  if (!child) return child.error();
  muxer->child_.emplace(std::move(*child));
  muxer->input_.assign(muxer->child_->take_input().release());

  const auto header = ivf::file_header(spec.width, spec.height);
  // The pipe is empty and takes it.
  [[maybe_unused]] const auto written =
      ::write(muxer->input_.native_handle(), header.data(), header.size());
  tasks.spawn("wait for ffmpeg", muxer->wait_for_end());
  return muxer;
}

void Muxer::give(const capture::Frame& frame, microseconds time) {
  auto& header = headers_[next_header_];
  next_header_ = (next_header_ + 1) % headers_.size();
  header = ivf::frame_header(frame.jpeg.size(), time);
  // In one call, so that ffmpeg wakes once.
  pieces_ = {piece(header), piece(frame.jpeg)};
  left_ = pieces_;
  if (push()) {
    events_.on_taken();
  } else if (input_.is_open()) {
    tasks_.spawn("frame to ffmpeg", push_when_writable());
  }
}

// False: it takes no more now, or never; how it ends is told by on_ended.
bool Muxer::push() {
  while (!left_.empty()) {
    const ssize_t n =
        ::vmsplice(input_.native_handle(), left_.data(), left_.size(), SPLICE_F_NONBLOCK);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) input_.close();
    if (n < 0) return false;
    left_ = after(left_, static_cast<std::size_t>(n));
    events_.on_takes();
  }
  return true;
}

Task<> Muxer::push_when_writable() {
  const auto self = shared_from_this();
  while (input_.is_open()) {
    const auto [ec] =
        co_await input_.async_wait(net::posix::stream_descriptor::wait_write, as_tuple);
    if (ec || !input_.is_open()) co_return;
    if (push()) {
      events_.on_taken();
      co_return;
    }
  }
}

void Muxer::close_input() {
  input_.close();
}

void Muxer::kill() {
  child_->signal(SIGKILL);
}

Task<> Muxer::wait_for_end() {
  const auto self = shared_from_this();
  const auto status = co_await child_->wait();
  input_.close();
  std::string problem;
  if (!status.success()) {
    problem = "ffmpeg " + status.describe();
    if (!last_error_->empty()) problem += ": " + *last_error_;
  }
  // What it holds of whoever started it goes with it.
  const Events events = std::exchange(events_, {[] {}, [] {}, [] {}, [](const std::string&) {}});
  events.on_ended(problem);
}

}  // namespace minidvr::recording
