#include "recording/segment_writer.hpp"

#include "core/log.hpp"
#include "process/line_reader.hpp"
#include "process/supervised_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <fcntl.h>

namespace minidvr::recording {
namespace {

constexpr const char* kComponent = "recorder";
constexpr milliseconds kWritablePause{500};

// With -loglevel level+..., ffmpeg says the level of each line: "[mp4 @ 0x...] [error] text".
log::Level level_of(std::string_view line) {
  const auto has = [&](std::string_view tag) { return line.find(tag) != std::string_view::npos; };
  if (has("[fatal]") || has("[panic]") || has("[error]")) return log::Level::error;
  if (has("[info]") || has("[verbose]")) return log::Level::debug;
  return log::Level::warning;
}

// vmsplice and writev only read, whatever their type says.
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

std::vector<std::string> ffmpeg_arguments(const SegmentSpec& spec, const std::string& path) {
  return {
      "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+error",
      // What is in the stream is known: ffmpeg need not look, and writes the first frame at once.
      "-probesize", "32", "-fpsprobesize", "0", "-f", "ivf", "-i", "pipe:0", "-map", "0:v", "-c",
      "copy",
      // Not having looked, it does not know how long the last frame is shown.
      "-bsf:v", fmt::format("setts=duration={}", spec.frame_interval.count()), "-f", "mp4",
      "-moov_size", std::to_string(spec.header_bytes),
      // Every frame goes to the kernel when it comes, and so survives the end of ffmpeg.
      "-flush_packets", "1", "-y", "file:" + path};
}

}  // namespace

SegmentWriter::SegmentWriter(BlockingPool& pool, TaskGroup& tasks, SegmentFile file,
                             SegmentSpec spec, FramePtr first, OnConfirmed on_confirmed,
                             const net::any_io_executor& executor)
    : pool_(pool),
      tasks_(tasks),
      file_(std::move(file)),
      spec_(std::move(spec)),
      first_(std::move(first)),
      on_confirmed_(std::move(on_confirmed)),
      input_(executor),
      wake_(executor),
      last_error_(std::make_shared<std::string>()),
      last_growth_(Steady::now()),
      last_taken_(Steady::now()) {}

SegmentWriter::~SegmentWriter() = default;

Task<Result<std::shared_ptr<SegmentWriter>>> SegmentWriter::open(BlockingPool& pool,
                                                                 TaskGroup& tasks, SegmentSpec spec,
                                                                 FramePtr first,
                                                                 OnConfirmed on_confirmed) {
  const auto executor = co_await net::this_coro::executor;
  JournalHeader header;
  header.header_bytes = spec.header_bytes;
  header.width = static_cast<std::uint16_t>(first->width);
  header.height = static_cast<std::uint16_t>(first->height);
  header.frame_interval = static_cast<std::uint32_t>(spec.frame_interval.count());
  header.wall = std::chrono::floor<microseconds>(first->wall.time_since_epoch()).count();
  auto create = [folder = spec.recordings_dir, wall = first->wall, header] {
    return std::make_shared<Result<SegmentFile>>(SegmentFile::create(folder, wall, header));
  };
  const auto file = co_await run_blocking(pool, std::move(create));
  if (!*file) co_return file->error();
  auto writer =
      std::make_shared<SegmentWriter>(pool, tasks, std::move(**file), std::move(spec),
                                      std::move(first), std::move(on_confirmed), executor);
  if (auto started = writer->start_ffmpeg(); !started) {
    // Leaves nothing behind: the journal of a file that is not there.
    auto clear = [writer] { return writer->file_.complete().has_value(); };
    co_await run_blocking(pool, std::move(clear));
    co_return started.error();
  }
  writer->following_ = true;
  tasks.spawn("follow " + writer->name(), follow_regularly(writer));
  co_return writer;
}

Result<> SegmentWriter::start_ffmpeg() {
  process::ChildSpec spec;
  spec.name = "ffmpeg";
  spec.program = spec_.ffmpeg_bin;
  spec.arguments = ffmpeg_arguments(spec_, file_.path().string());
  spec.input = true;
  auto log_line = process::log_lines(spec.name, level_of);
  auto reader = std::make_shared<process::LineReader>(
      [last = last_error_](std::string_view line) { *last = line; });
  spec.on_stderr = [log_line, reader](std::string_view bytes) {
    log_line(bytes);
    reader->feed(bytes);
  };
  auto child = process::Child::spawn(input_.get_executor(), tasks_, spec);
  if (!child) return child.error();
  ffmpeg_.emplace(std::move(*child));
  input_.assign(ffmpeg_->take_input().release());
  log::debug(kComponent, "ffmpeg started, pid {}, for {}", ffmpeg_->pid(), name());
  return {};
}

Result<> SegmentWriter::gone() const {
  std::string detail = "ffmpeg ended early";
  if (!last_error_->empty()) detail += ": " + *last_error_;
  return make_error(Errc::unavailable, std::move(detail));
}

Task<Result<>> SegmentWriter::wait_until_writable() {
  using namespace net::experimental::awaitable_operators;
  // In short waits, because the limit may become shorter meanwhile.
  while (Steady::now() < last_taken_ + hang_limit_) {
    net::steady_timer pause(input_.get_executor(), kWritablePause);
    const auto woken =
        co_await (input_.async_wait(net::posix::stream_descriptor::wait_write, as_tuple) ||
                  pause.async_wait(as_tuple));
    if (woken.index() == 0) co_return Result<>{};
  }
  co_return make_error(Errc::unavailable,
                       fmt::format("ffmpeg took nothing for {:.0f} s", to_seconds(hang_limit_)));
}

Task<Result<>> SegmentWriter::write(FramePtr frame) {
  const auto time = std::chrono::floor<microseconds>(frame->captured - first_->captured);
  const auto size = frame->jpeg.size();
  const bool begins = given_ == 0;
  if (unconfirmed_.empty()) last_growth_ = Steady::now();
  auto& given = unconfirmed_.emplace_back(Given{frame, ivf::frame_header(size, time)});
  samples_.push_back({time, static_cast<std::uint32_t>(size)});
  ++given_;
  given_bytes_ += size;

  last_taken_ = Steady::now();
  if (begins) {
    auto file_header = ivf::file_header(frame->width, frame->height);
    std::array<iovec, 1> pieces = {piece(file_header)};
    if (auto taken = co_await give(pieces, Lifetime::call); !taken) co_return taken;
  }
  // In one call, so that ffmpeg wakes once.
  std::array<iovec, 2> pieces = {piece(given.header), piece(frame->jpeg)};
  co_return co_await give(pieces, Lifetime::until_confirmed);
}

// What stays where it is until it has been seen in the file need not be copied: the pipe then
// refers to our memory.
Task<Result<>> SegmentWriter::give(std::span<iovec> pieces, Lifetime lifetime) {
  while (!pieces.empty()) {
    const int pipe = input_.native_handle();
    const ssize_t n = lifetime == Lifetime::call
                          ? ::writev(pipe, pieces.data(), static_cast<int>(pieces.size()))
                          : ::vmsplice(pipe, pieces.data(), pieces.size(), SPLICE_F_NONBLOCK);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      if (auto writable = co_await wait_until_writable(); !writable) co_return writable;
      continue;
    }
    if (n < 0) co_return gone();
    last_taken_ = Steady::now();
    pieces = after(pieces, static_cast<std::size_t>(n));
  }
  co_return Result<>{};
}

Task<> SegmentWriter::follow_regularly(std::shared_ptr<SegmentWriter> self) {
  for (int round = 1; !self->closing_; ++round) {
    co_await self->wake_.wait_until(Steady::now() + kFollowInterval);
    if (!self->closing_) co_await self->follow(round % kFollowsPerSync == 0);
  }
  self->following_ = false;
  self->wake_.notify();
}

Task<> SegmentWriter::follow(bool sync) {
  // The pool works on a copy: frames may be written meanwhile.
  std::vector<Sample> samples(samples_.begin(), samples_.end());
  auto look = [this, samples = std::move(samples), sync] { return file_.follow(samples, sync); };
  const SegmentFile::Progress progress = co_await run_blocking(pool_, std::move(look));
  if (progress.file_bytes != file_bytes_) last_growth_ = Steady::now();
  file_bytes_ = progress.file_bytes;
  if (!progress.problem.empty() && problem_ != progress.problem) {
    log::error(kComponent, "{}", progress.problem);
  }
  problem_ = progress.problem;
  for (std::size_t i = 0; i < progress.confirmed; ++i) {
    const FramePtr frame = std::move(unconfirmed_.front().frame);
    unconfirmed_.pop_front();
    samples_.pop_front();
    on_confirmed_(*frame);
  }
}

Task<SegmentWriter::Closed> SegmentWriter::close(Steady::duration grace) {
  closing_ = true;
  wake_.notify();
  while (following_)
    co_await wake_.wait();

  Closed closed;
  if (grace == Steady::duration::zero()) ffmpeg_->signal(SIGKILL);
  input_.close();
  const auto status = co_await ffmpeg_->stop(0, grace);
  if (!status.success()) closed.problem = "ffmpeg " + status.describe();
  if (!status.success() && !last_error_->empty()) closed.problem += ": " + *last_error_;

  co_await follow(false);
  auto finish = [this, ended_well = status.success()] {
    if (ended_well) {
      auto name = file_.finish(given_, given_bytes_);
      if (name) return name;
      log::warning(kComponent, "{}", name.error().detail);
    }
    return file_.complete();
  };
  const Result<std::string> name = co_await run_blocking(pool_, std::move(finish));
  if (name) {
    closed.name = *name;
  } else {
    closed.problem += (closed.problem.empty() ? "" : "; ") + name.error().detail;
  }
  for (const auto& given : unconfirmed_)
    closed.leftovers.push_back(given.frame);
  co_return closed;
}

Steady::duration SegmentWriter::without_growth() const {
  if (unconfirmed_.empty()) return Steady::duration::zero();
  return Steady::now() - last_growth_;
}

}  // namespace minidvr::recording
