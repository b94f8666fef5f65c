#include "api/frames.hpp"

#include "api/multipart.hpp"
#include "api/pace.hpp"
#include "api/query.hpp"
#include "archive/frame_walk.hpp"
#include "core/event.hpp"
#include "core/log.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace minidvr::api {
namespace {

using archive::Archive;
using archive::FrameWalk;
using archive::WalkedRecording;

constexpr std::string_view kLastBoundary = "--boundarydonotcross--\r\n";
// Read in one go: some frames of a large camera, so that a fast client is kept busy, and all that
// is held for a slow one.
constexpr std::size_t kBytesAtATime = 512 * 1024;
// Small frames of which only each so-and-so-manyth is read are a seek each.
constexpr std::size_t kFramesAtATime = 32;
constexpr std::uint32_t kMostEvery = 1'000'000;
constexpr double kSlowest = 0.25;
constexpr double kFastest = 16;

struct FramesQuery {
  archive::Stretch stretch;
  std::optional<double> pace;  // nullopt: as fast as it is read
};

Result<FramesQuery> parse_frames_query(const http::Request& request) {
  FramesQuery query;
  bool has_from = false;
  for (const auto& [name, value] : request.query) {
    if (name == "from" || name == "to") {
      const auto time = parse_named_bound(name, value);
      if (!time) return time.error();
      if (name == "to") query.stretch.to = *time;
      if (name == "from") query.stretch.from = *time;
      has_from = has_from || name == "from";
    } else if (name == "every") {
      const auto every = parse_number<std::uint32_t>(value);
      if (!every || *every < 1 || *every > kMostEvery) {
        return make_error(Errc::refused,
                          fmt::format("every: allowed is a whole number from 1 to {}", kMostEvery));
      }
      query.stretch.every = *every;
    } else if (name == "pace") {
      query.pace = parse_number<double>(value);
      if (!query.pace || !(*query.pace >= kSlowest && *query.pace <= kFastest)) {
        return make_error(Errc::refused, fmt::format("pace: allowed is a number from {} to {}",
                                                     kSlowest, kFastest));
      }
    } else {
      return make_error(Errc::malformed, "allowed in the query are from, to, every and pace");
    }
  }
  if (!has_from) {
    return make_error(Errc::malformed,
                      "from is missing; allowed is a time such as 2026-11-24T10:07:12");
  }
  if (query.stretch.to && *query.stretch.to <= query.stretch.from) {
    return make_error(Errc::refused, "to must be later than from");
  }
  return query;
}

// What can not be read is passed over: the stream goes on behind it.
Task<std::optional<WalkedRecording>> next_readable(FrameWalk& walk) {
  for (;;) {
    auto next = co_await walk.next();
    if (next) co_return std::move(*next);
    log::debug("http", "frames: {}", next.error().detail);
  }
}

// Holds one recording and what of it is being sent.
class FramesSource : public http::BodySource {
 public:
  FramesSource(Archive& archive, FrameWalk walk, WalkedRecording first, std::optional<double> pace)
      : archive_(archive), walk_(std::move(walk)), recording_(std::move(first)) {
    if (pace) pace_.emplace(*pace);
  }

  bool is_timed() const override { return pace_.has_value(); }

  Task<std::span<const char>> next() override {
    text_.clear();
    while (text_.empty() && !ended_) {
      std::vector<archive::WrappedFrame> frames;
      if (pace_) {
        co_await choose_due(frames);
      } else {
        choose_some(frames);
      }
      if (!frames.empty()) co_await read(std::move(frames));
      if (text_.empty()) co_await enter_next();
    }
    co_return std::span<const char>(text_);
  }

 private:
  void choose_some(std::vector<archive::WrappedFrame>& frames) {
    std::size_t bytes = 0;
    while (recording_ && recording_->left() > 0 && bytes < kBytesAtATime &&
           frames.size() < kFramesAtATime) {
      bytes += choose(frames);
    }
  }

  // One frame, when it is due. None: there is none in this recording any more.
  Task<> choose_due(std::vector<archive::WrappedFrame>& frames) {
    while (recording_ && recording_->left() > 0) {
      const auto now = Steady::now();
      const auto due = pace_->next(recording_->peek().captured, is_new_, now);
      is_new_ = false;
      if (now - due > Pace::kLate) {
        recording_->take();
        continue;
      }
      if (due > now) co_await sleep_for(due - now);
      choose(frames);
      co_return;
    }
  }

  std::size_t choose(std::vector<archive::WrappedFrame>& frames) {
    const auto frame = recording_->take();
    auto head = multipart::part_head(frame.size, frame.captured, recording_->facts().name);
    if (!begun_ && frames.empty()) head.insert(0, multipart::kFirstBoundary);
    frames.push_back({std::move(head), frame});
    return frame.size;
  }

  Task<> read(std::vector<archive::WrappedFrame> frames) {
    auto file = archive_.use(recording_->facts().name, recording_->open());
    auto work = [file = std::move(file), frames = std::move(frames), this] {
      return frames.size() ==
             archive::read_frames(file->get(), frames, multipart::kNextBoundary, text_);
    };
    const bool whole = co_await run_blocking(archive_.pool(), std::move(work));
    begun_ = begun_ || !text_.empty();
    if (whole) co_return;
    log::debug("http", "frames: {} can not be read to its end", recording_->facts().name);
    recording_.reset();
  }

  // Ends the stream when there is none.
  Task<> enter_next() {
    if (recording_ && recording_->left() > 0) co_return;
    recording_.reset();
    recording_ = co_await next_readable(walk_);
    is_new_ = true;
    if (recording_) co_return;
    ended_ = true;
    text_ = begun_ ? "" : multipart::kFirstBoundary;
    text_ += kLastBoundary;
  }

  Archive& archive_;
  FrameWalk walk_;
  std::optional<WalkedRecording> recording_;
  std::optional<Pace> pace_;
  bool is_new_ = false;  // none of its frames has been paced
  bool begun_ = false;
  bool ended_ = false;
  std::string text_;
};

Task<Result<http::Response>> get_frames(Archive& archive, const http::Request& request) {
  const auto query = parse_frames_query(request);
  if (!query) co_return query.error();
  FrameWalk walk(archive, query->stretch);
  auto first = co_await next_readable(walk);
  if (!first) {
    co_return make_error(Errc::not_found, "there are no frames of that time; see /api/recordings");
  }
  http::Response response;
  response.content_type = multipart::kContentType;
  response.headers = {{"Cache-Control", "no-store"}};
  response.source =
      std::make_shared<FramesSource>(archive, std::move(walk), std::move(*first), query->pace);
  co_return response;
}

}  // namespace

void add_frames(http::Router& router, Archive& archive) {
  router.get("/api/frames", http::Role::view,
             [&archive](const http::Request& request) { return get_frames(archive, request); });
}

}  // namespace minidvr::api
