#include "archive/clip_plan.hpp"

#include "archive/clip_times.hpp"
#include "archive/log_component.hpp"
#include "core/log.hpp"
#include "recording/disk_guard.hpp"
#include "recording/segment_plan.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

constexpr unsigned kMebibyteBits = 20;

using recording::DiskGuard;
using recording::SegmentPlan;

Error other_size(const ClipPlan& plan, const WalkedRecording::Facts& facts) {
  return make_error(
      Errc::refused,
      fmt::format("the picture is {}x{} at first and {}x{} from {} on; a clip has one size",
                  plan.width, plan.height, facts.width, facts.height, iso8601(facts.start)));
}

// The recorder writes all frames, whatever part of them a clip has.
double rate_of(const WalkedRecording& recording, std::uint64_t bytes, std::uint64_t frames) {
  const auto interval = std::chrono::duration<double>(recording.facts().interval).count();
  if (frames == 0 || interval <= 0) return 0;
  return static_cast<double>(bytes) / static_cast<double>(frames) / interval;
}

// Counts the frames of one recording; false: there are too many.
bool count_frames(WalkedRecording& recording, ClipTimes& times, ClipPlan& plan) {
  if (plan.frames + recording.left() > kMostClipFrames) return false;
  times.enter(recording.facts().name, recording.facts().start, recording.end());
  std::uint64_t bytes = 0;
  const std::uint64_t frames = recording.left();
  microseconds time{0};
  if (plan.frames == 0) plan.start = recording.peek().captured;
  while (recording.left() > 0) {
    const PlacedFrame frame = recording.take();
    bytes += frame.size;
    time = times.next(frame.captured);
  }
  plan.frames += frames;
  plan.bytes += bytes;
  plan.data_rate = std::max(plan.data_rate, rate_of(recording, bytes, frames));
  plan.length = time;
  return true;
}

}  // namespace

Task<Result<ClipPlan>> plan_clip(Archive& archive, const ClipRequest& request, std::size_t held) {
  ClipPlan plan;
  std::optional<Error> passed_over;
  ClipTimes times(request.fps);
  FrameWalk walk(archive, request.stretch);
  for (;;) {
    auto next = co_await walk.next();
    if (!next) {
      // One that can not be read is a gap. Without its disk there is no clip.
      if (next.error().reason == Reason::wrong_folder) co_return next.error();
      if (!passed_over) passed_over = next.error();
      log::warning(kComponent, "a clip is made without it: {}", next.error().detail);
      continue;
    }
    if (!*next) break;
    WalkedRecording& recording = **next;
    const auto& facts = recording.facts();
    if (plan.frames == 0) {
      plan.width = facts.width;
      plan.height = facts.height;
    }
    if (plan.width != facts.width || plan.height != facts.height) co_return other_size(plan, facts);
    ClipPlan::Part part{std::nullopt, facts, recording.run()};
    if (plan.parts.size() < held) part.open = recording.open();
    if (!count_frames(recording, times, plan)) {
      co_return make_error(
          Errc::refused,
          fmt::format("there are too many frames; allowed are {}. Choose a shorter time, or a "
                      "larger every",
                      kMostClipFrames),
          Reason::too_long);
    }
    plan.last_shown = times.last_shown(facts.interval, request.stretch.every);
    plan.parts.push_back(std::move(part));
  }
  if (plan.frames == 0 && passed_over) co_return *passed_over;
  if (plan.frames == 0) co_return make_error(Errc::not_found, "there are no frames of that time");
  plan.length += plan.last_shown;
  plan.gaps = times.gaps();
  co_return plan;
}

Task<Result<WalkedRecording>> enter_part(Archive& archive, const ClipPlan::Part& part) {
  std::optional<OpenRecording> open = part.open;
  if (!open) {
    auto opened = co_await archive.open(part.facts.name);
    if (!opened) co_return opened.error();
    open = std::move(*opened);
  }
  open->file = archive.use(part.facts.name, *open);
  auto frames = co_await archive.frames(part.facts.name, *open);
  if (!frames) co_return frames.error();
  if (part.run.end > (*frames)->frames.size()) {
    co_return make_error(Errc::malformed,
                         fmt::format("{} has become another file", part.facts.name));
  }
  co_return WalkedRecording(std::move(*open), std::move(*frames), part.facts, part.run);
}

std::uint64_t header_bytes(const ClipPlan& plan) {
  return SegmentPlan::kFixedHeaderBytes + SegmentPlan::kHeaderBytesPerFrame * plan.frames;
}

std::uint64_t disk_bytes(const ClipPlan& plan) {
  return plan.bytes + header_bytes(plan);
}

std::uint64_t kept_free(const ClipPlan& plan) {
  // From where on a recorder that has stopped would go on, so that it never comes to that.
  return DiskGuard::kReserveBytes + DiskGuard::kHysteresisBytes +
         static_cast<std::uint64_t>(plan.data_rate * DiskGuard::kReserveSeconds);
}

Result<> check_room(const recording::DiskSpace& space, std::uint64_t wanted, std::uint64_t kept) {
  if (!space.is_known() || space.free >= wanted + kept) return {};
  return make_error(
      Errc::unavailable,
      fmt::format("the disk is too full for the clip: {} MB are free; {} MB would be needed, {} of "
                  "them to go on recording",
                  space.free >> kMebibyteBits, ((wanted + kept) >> kMebibyteBits) + 1,
                  kept >> kMebibyteBits),
      Reason::disk_full);
}

Result<> check_size(const recording::DiskSpace& space, std::uint64_t bytes) {
  if (bytes <= space.largest_file) return {};
  return make_error(
      Errc::refused,
      fmt::format("the clip would have {} MB, and on this disk a file ends at {} MB; choose a "
                  "shorter time",
                  bytes >> kMebibyteBits, (space.largest_file >> kMebibyteBits) + 1));
}

}  // namespace minidvr::archive
