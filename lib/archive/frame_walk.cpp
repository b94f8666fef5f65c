#include "archive/frame_walk.hpp"

#include "mp4/boxes.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

// Twice what is taken from a camera: a table that tells of a larger one is nonsense, and must not
// cost its memory.
constexpr std::uint32_t kLargestFrame = 64 << 20;
constexpr microseconds kDefaultInterval{33'333};  // where a file tells none

// On average: what a file says of how long its last frame is shown is not always true.
microseconds interval_of(const mp4::FrameTable& table) {
  const auto count = static_cast<std::int64_t>(table.frames.size());
  const auto interval = count < 2 ? microseconds(0) : table.frames.back().time / (count - 1);
  return interval > microseconds(0) ? interval : kDefaultInterval;
}

bool has_giant(const mp4::FrameTable& table) {
  return std::any_of(table.frames.begin(), table.frames.end(),
                     [](const auto& frame) { return frame.size > kLargestFrame; });
}

}  // namespace

WalkedRecording::WalkedRecording(OpenRecording open, Archive::Frames frames, Facts facts,
                                 FrameRun run)
    : open_(std::move(open)),
      frames_(std::move(frames)),
      facts_(std::move(facts)),
      run_(run),
      offset_(frames_->offset_of(run.first)) {}

PlacedFrame WalkedRecording::peek() const {
  const auto& frame = frames_->frames[run_.first];
  return {offset_, frame.size, facts_.start + frame.time};
}

PlacedFrame WalkedRecording::take() {
  const PlacedFrame frame = peek();
  const std::size_t next = std::min(run_.first + run_.step, run_.end);
  for (; run_.first < next; ++run_.first)
    offset_ += frames_->frames[run_.first].size;
  return frame;
}

std::optional<FrameWalk::Place> FrameWalk::find_next() const {
  const auto& all = archive_.index().all();
  auto at = all.begin();
  if (last_) {
    at = std::partition_point(at, all.end(), [this](const Recording& one) {
      return Place{one.facts.start, one.name} <= *last_;
    });
  }
  at = std::find_if(at, all.end(), [this](const Recording& one) {
    // How far one reaches that is being written, is known when it is opened.
    return !one.facts.damaged && (one.being_written || one.facts.end() > stretch_.from);
  });
  if (at == all.end() || (stretch_.to && at->facts.start >= *stretch_.to)) return std::nullopt;
  return Place{at->facts.start, at->name};
}

Task<Result<std::optional<WalkedRecording>>> FrameWalk::next() {
  co_await archive_.follow_current();
  if (last_ && seen_while_growing_ > 0) {
    const std::size_t first = seen_while_growing_;
    seen_while_growing_ = 0;
    auto more = co_await enter(*last_, first);
    if (!more || *more) co_return more;
    // Nothing new, and not complete: its last frames are missing, so what comes after it is not
    // next.
    if (seen_while_growing_ > 0) co_return std::nullopt;
  }
  while (auto place = find_next()) {
    last_ = *place;
    auto entered = co_await enter(std::move(*place), 0);
    if (!entered || *entered) co_return entered;
  }
  co_return std::nullopt;
}

// nullopt: none of its frames, from `first` on, belongs to the stretch.
Task<Result<std::optional<WalkedRecording>>> FrameWalk::enter(Place place, std::size_t first) {
  auto open = co_await archive_.open(place.name);
  if (!open) co_return open.error();
  auto frames = co_await archive_.frames(place.name, *open);
  if (!frames) co_return frames.error();
  const mp4::FrameTable& table = **frames;
  const auto run = run_in(table, place.start, stretch_, passed_, first);
  if (open->growing && run.end == table.frames.size()) seen_while_growing_ = run.end;
  if (run.empty()) co_return std::nullopt;
  if (has_giant(table)) {
    co_return make_error(Errc::malformed, fmt::format("{}: a frame is too large", place.name));
  }
  WalkedRecording::Facts facts;
  facts.interval = interval_of(table);
  if (const Recording* listed = archive_.index().find(place.name)) {
    facts.width = listed->facts.width;
    facts.height = listed->facts.height;
  }
  facts.name = std::move(place.name);
  facts.start = place.start;
  co_return WalkedRecording(std::move(*open), std::move(*frames), std::move(facts), run);
}

std::size_t read_frames(int file, const std::vector<WrappedFrame>& frames, std::string_view behind,
                        std::string& text) {
  std::size_t size = 0;
  for (const auto& one : frames)
    size += one.before.size() + one.frame.size + behind.size();
  text.clear();
  text.reserve(size);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::size_t at = text.size();
    text += frames[i].before;
    const std::size_t jpeg = text.size();
    text.resize(jpeg + frames[i].frame.size);
    const std::span into(reinterpret_cast<std::uint8_t*>(text.data()) + jpeg, frames[i].frame.size);
    if (!mp4::read_at(file, frames[i].frame.offset, into)) {
      text.resize(at);
      return i;
    }
    text += behind;
  }
  return frames.size();
}

}  // namespace minidvr::archive
