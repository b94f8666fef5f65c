#include "archive/clip_encoder.hpp"

#include "core/first_of.hpp"
#include "core/log.hpp"
#include "process/line_reader.hpp"
#include "process/supervised_process.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>

namespace minidvr::archive {
namespace {

// With -loglevel level+error all that it says is of that kind; one clip is not the service.
log::Level level_of_clip(std::string_view) {
  return log::Level::warning;
}

void append(std::vector<std::string>& to, std::vector<std::string> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<std::string> encoding(const ClipEncoderSpec& spec) {
  std::vector<std::string> arguments = {
      "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-threads",
      "1",
      // No frame is left out or doubled, and none is moved into a rhythm.
      "-fps_mode", "passthrough", "-enc_time_base", "1:1000000", "-video_track_timescale",
      "1000000", "-movflags", "+faststart"};
  // That format has half as many colours as pixels, each way.
  if (spec.width % 2 != 0 || spec.height % 2 != 0) {
    append(arguments, {"-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"});
  }
  return arguments;
}

}  // namespace

std::vector<std::string> clip_arguments(const ClipEncoderSpec& spec) {
  std::vector<std::string> arguments = {"-hide_banner", "-nostdin",    "-nostats",
                                        "-loglevel",    "level+error", "-n"};
  // What is in the stream is known, and to be copied needs no looking at; the decoder does.
  if (spec.h264) append(arguments, {"-filter_threads", "1", "-threads", "1"});
  if (!spec.h264) append(arguments, {"-probesize", "32", "-fpsprobesize", "0"});
  append(arguments, {"-f", "ivf", "-i", "pipe:0", "-map", "0:v"});
  if (spec.h264) {
    append(arguments, encoding(spec));
  } else {
    // Room for the header in front, so that nothing has to be moved in the end.
    append(arguments,
           {"-c", "copy", "-bsf:v", fmt::format("setts=duration={}", spec.last_shown.count()),
            "-moov_size", std::to_string(spec.header_bytes)});
  }
  append(arguments, {"-f", "mp4", "file:" + spec.file.string()});
  return arguments;
}

ClipEncoder::ClipEncoder(const net::any_io_executor& executor, process::Child child,
                         std::shared_ptr<std::string> last_line)
    : child_(std::move(child)), input_(executor), last_line_(std::move(last_line)) {
  input_.assign(child_.take_input().release());
}

Result<std::unique_ptr<ClipEncoder>> ClipEncoder::start(const net::any_io_executor& executor,
                                                        TaskGroup& tasks,
                                                        const ClipEncoderSpec& spec) {
  process::ChildSpec child_spec;
  child_spec.name = "ffmpeg of a clip";
  child_spec.program = spec.ffmpeg_bin;
  child_spec.arguments = clip_arguments(spec);
  child_spec.input = true;
  // To copy takes a moment, and on a busy machine it would be put off for ever.
  child_spec.priority = spec.h264 ? process::Priority::idle : process::Priority::low;
  auto last_line = std::make_shared<std::string>();
  auto reader = std::make_shared<process::LineReader>(
      [last_line](std::string_view line) { *last_line = line; });
  auto log_line = process::log_lines(child_spec.name, level_of_clip);
  child_spec.on_stderr = [reader, log_line](std::string_view bytes) {
    log_line(bytes);
    reader->feed(bytes);
  };
  auto child = process::Child::spawn(executor, tasks, child_spec);
  if (!child) return child.error();
  return std::make_unique<ClipEncoder>(executor, std::move(*child), std::move(last_line));
}

Task<bool> ClipEncoder::give(std::string_view bytes) {
  bool taken = false;
  const bool in_time = co_await within(kStallTime, write(bytes, taken));
  stalled_ = stalled_ || !in_time;
  co_return in_time&& taken;
}

Task<> ClipEncoder::write(std::string_view bytes, bool& taken) {
  while (!bytes.empty()) {
    const auto [ec, n] =
        co_await input_.async_write_some(net::buffer(bytes.data(), bytes.size()), as_tuple);
    if (ec) co_return;
    bytes.remove_prefix(n);
  }
  taken = true;
}

Task<Result<>> ClipEncoder::end() {
  input_.close();
  if (stalled_) kill();
  const auto in_time = co_await child_.wait_until(Steady::now() + kEndTime);
  if (!in_time) {
    kill();
    co_await child_.wait();
  }
  if (stalled_ || !in_time) co_return make_error(Errc::unavailable, "ffmpeg hung");
  if (in_time->success()) co_return Result<>();
  std::string problem = "ffmpeg " + in_time->describe();
  if (!last_line_->empty()) problem += ": " + *last_line_;
  co_return make_error(Errc::unavailable, std::move(problem));
}

}  // namespace minidvr::archive
