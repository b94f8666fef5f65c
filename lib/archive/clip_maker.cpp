#include "archive/clip_maker.hpp"

#include "archive/clip_times.hpp"
#include "archive/log_component.hpp"
#include "core/file.hpp"
#include "core/log.hpp"
#include "mp4/boxes.hpp"
#include "recording/disk_space.hpp"
#include "recording/ivf.hpp"

#include <cerrno>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace minidvr::archive {
namespace ivf = recording::ivf;
namespace {

// Read in one go, and held for an ffmpeg that is busy.
constexpr std::size_t kClipBytesAtATime = 512 * 1024;
constexpr std::size_t kClipFramesAtATime = 32;
// Between two looks at the free space: less than what has to stay free.
constexpr std::uint64_t kBytesBetweenLooks = 4 << 20;

template <class Bytes>
std::string as_text(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

Error was_cancelled() {
  return make_error(Errc::wrong_state, "it was cancelled");
}

// Some frames as ffmpeg takes them.
struct ReadFrames {
  std::string text;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
  std::optional<WallTime> first;  // time of capture
  microseconds last_time{0};      // in the clip
  std::size_t unread = 0;         // frames that the disk does not give, and are not in it
  int why = 0;                    // errno; 0: the file ends before
};

// Blocks. A frame that is left out has no time in the clip, so that this begins with what it has.
ReadFrames read_for_clip(int file, const std::vector<PlacedFrame>& placed, ClipTimes& times) {
  ReadFrames read;
  for (const auto& frame : placed) {
    std::string jpeg(frame.size, '\0');
    errno = 0;
    if (!mp4::read_at(file, frame.offset,
                      {reinterpret_cast<std::uint8_t*>(jpeg.data()), jpeg.size()})) {
      read.why = errno;
      ++read.unread;
      continue;
    }
    read.last_time = times.next(frame.captured);
    read.text += as_text(ivf::frame_header(frame.size, read.last_time));
    read.text += jpeg;
    ++read.frames;
    read.bytes += frame.size;
    if (!read.first) read.first = frame.captured;
  }
  return read;
}

}  // namespace

// Of a clip that is being made: removed, when nobody does that before, also when the program ends.
class ClipMaker::Leftover {
 public:
  Leftover(BlockingPool& pool, const ClipFolder& folder, std::string id)
      : pool_(pool), folder_(folder), id_(std::move(id)) {}
  Leftover(const Leftover&) = delete;
  Leftover& operator=(const Leftover&) = delete;
  ~Leftover() {
    if (!id_.empty()) net::post(pool_, [folder = folder_, id = id_] { folder.discard(id); });
  }
  void forget() { id_.clear(); }

 private:
  BlockingPool& pool_;
  ClipFolder folder_;
  std::string id_;
};

// Where one is on the way through a clip.
struct ClipMaker::Feed {
  const Order& order;
  const ClipPlan& plan;
  ClipEncoder& encoder;
  ClipTimes times;
  Given given = {};
  std::uint64_t passed = 0;  // frames, also those that were not given
  std::uint64_t bytes_since_look = 0;
  std::optional<Error> left_out = std::nullopt;  // why the first was
  std::string told = {};                         // once for each recording

  // The clip is made of the rest.
  void leave_out(const Error& why) {
    if (std::exchange(told, why.detail) != why.detail) {
      log::warning(kComponent, "clip {} goes without what can not be read: {}", order.name,
                   why.detail);
    }
    if (!left_out) left_out = why;
  }
};

ClipMaker::ClipMaker(net::any_io_executor executor, TaskGroup& tasks, Archive& archive,
                     ClipFolder folder, std::string ffmpeg_bin)
    : executor_(std::move(executor)),
      tasks_(tasks),
      archive_(archive),
      folder_(std::move(folder)),
      ffmpeg_bin_(std::move(ffmpeg_bin)) {}

Task<Result<recording::DiskSpace>> ClipMaker::ask_space() {
  auto ask = [path = folder_.recordings_dir()] { return recording::disk_space(path); };
  co_return co_await run_blocking(archive_.pool(), std::move(ask));
}

Task<Result<ClipPlan>> ClipMaker::plan(ClipRequest request, std::size_t held) {
  auto plan = co_await plan_clip(archive_, request, held);
  if (!plan) co_return plan.error();
  const auto space = co_await ask_space();
  if (!space) co_return space.error();
  // How large it is when it is encoded anew nobody knows before.
  const auto fits = request.h264 ? Result<>() : check_size(*space, disk_bytes(*plan));
  if (!fits) co_return fits.error();
  const auto room = check_room(*space, disk_bytes(*plan), kept_free(*plan));
  if (!room) co_return room.error();
  co_return std::move(*plan);
}

void ClipMaker::cancel() {
  cancelled_ = true;
  if (encoder_ != nullptr) encoder_->kill();
}

Task<Result<ClipMaker::Made>> ClipMaker::make(Order order) {
  cancelled_ = false;
  const auto planned = co_await plan(order.request, kMostHeld);
  if (!planned) co_return planned.error();
  if (cancelled_) co_return was_cancelled();
  order.on_planned(*planned);
  Leftover leftover(archive_.pool(), folder_, order.id);
  auto made = co_await make_file(order, *planned);
  if (!made) {
    auto discard = [folder = folder_, id = order.id] {
      folder.discard(id);
      return true;
    };
    co_await run_blocking(archive_.pool(), std::move(discard));
  }
  leftover.forget();
  co_return made;
}

Task<Result<ClipMaker::Made>> ClipMaker::make_file(const Order& order, const ClipPlan& plan) {
  auto prepare = [folder = folder_] { return folder.prepare(); };
  const auto prepared = co_await run_blocking(archive_.pool(), std::move(prepare));
  if (!prepared) co_return prepared.error();
  auto encoded = co_await encode(order, plan);
  if (cancelled_) co_return was_cancelled();
  if (!encoded) co_return encoded.error();
  ClipFolder::Expected expected;
  expected.frames = encoded->frames;
  if (!order.request.h264) expected.payload = encoded->bytes;
  if (!order.request.h264) expected.start = encoded->start;
  auto publish = [folder = folder_, id = order.id, name = order.name, expected] {
    return folder.publish(id, name, expected);
  };
  auto published = co_await run_blocking(archive_.pool(), std::move(publish));
  if (!published) co_return published.error();
  co_return Made{std::move(*published), std::move(*encoded)};
}

Task<Result<ClipMaker::Given>> ClipMaker::encode(const Order& order, const ClipPlan& plan) {
  ClipEncoderSpec spec;
  spec.ffmpeg_bin = ffmpeg_bin_;
  spec.file = folder_.partial_file(order.id);
  spec.h264 = order.request.h264;
  spec.header_bytes = header_bytes(plan);
  spec.last_shown = plan.last_shown;
  spec.width = plan.width;
  spec.height = plan.height;
  auto started = ClipEncoder::start(executor_, tasks_, spec);
  if (!started) co_return started.error();
  struct Running {
    ClipEncoder*& place;
    ~Running() { place = nullptr; }
  };
  const auto encoder = std::move(*started);
  encoder_ = encoder.get();
  const Running running{encoder_};
  Feed state{order, plan, *encoder, ClipTimes(order.request.fps)};
  const auto fed = co_await feed_all(state);
  if (!fed) encoder->kill();
  const auto ended = co_await encoder->end();
  // When it took no more, it says why.
  const bool broke_off = !fed && fed.error().code != Errc::internal;
  if (broke_off) co_return fed.error();
  if (!ended) co_return ended.error();
  state.given.length += plan.last_shown;
  state.given.gaps = state.times.gaps();
  co_return std::move(state.given);
}

// internal: ffmpeg took no more.
Task<Result<>> ClipMaker::feed_all(Feed& feed) {
  const std::string header = as_text(ivf::file_header(feed.plan.width, feed.plan.height));
  if (!co_await feed.encoder.give(header)) co_return make_error(Errc::internal, "");
  for (const auto& part : feed.plan.parts) {
    const auto fed = co_await feed_part(feed, part);
    if (!fed) co_return fed.error();
  }
  if (feed.given.frames == 0 && feed.left_out) co_return *feed.left_out;
  co_return Result<>();
}

Task<Result<>> ClipMaker::feed_part(Feed& feed, const ClipPlan::Part& part) {
  auto recording = co_await enter_part(archive_, part);
  if (!recording) {
    feed.leave_out(recording.error());
    feed.passed += part.run.count();
    co_return Result<>();
  }
  feed.times.enter(part.facts.name, part.facts.start, recording->end());
  while (recording->left() > 0) {
    if (cancelled_) co_return was_cancelled();
    const auto fed = co_await feed_some(feed, *recording);
    if (!fed) co_return fed.error();
  }
  co_return Result<>();
}

Task<Result<>> ClipMaker::feed_some(Feed& feed, WalkedRecording& recording) {
  std::vector<PlacedFrame> frames;
  std::size_t bytes = 0;
  while (recording.left() > 0 && bytes < kClipBytesAtATime && frames.size() < kClipFramesAtATime) {
    frames.push_back(recording.take());
    bytes += frames.back().size;
  }
  feed.passed += frames.size();
  auto read = [file = recording.open().file, frames = std::move(frames), times = &feed.times] {
    return read_for_clip(file->get(), frames, *times);
  };
  const auto some = co_await run_blocking(archive_.pool(), std::move(read));
  if (some.unread > 0) {
    feed.leave_out(make_error(
        Errc::unavailable, fmt::format("{} can not be read there: {}", recording.facts().name,
                                       some.why == 0 ? "it ends before" : errno_text(some.why))));
  }
  // On a disk that gives nothing any more each frame may take seconds.
  if (some.frames == 0) {
    feed.passed += recording.left();
    recording.skip();
    co_return Result<>();
  }
  const bool taken = co_await feed.encoder.give(some.text);
  if (!taken) co_return make_error(Errc::internal, "");
  if (feed.given.frames == 0) feed.given.start = *some.first;
  feed.given.frames += some.frames;
  feed.given.bytes += some.bytes;
  feed.given.length = some.last_time;
  feed.order.on_progress(static_cast<double>(feed.passed) / static_cast<double>(feed.plan.frames));
  feed.bytes_since_look += some.bytes;
  if (feed.bytes_since_look < kBytesBetweenLooks) co_return Result<>();
  feed.bytes_since_look = 0;
  const auto space = co_await ask_space();
  if (!space) co_return space.error();
  co_return check_room(*space, 0, kept_free(feed.plan));
}

}  // namespace minidvr::archive
