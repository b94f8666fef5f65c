#include "capture/missed_frames.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace minidvr::capture {

void MissedFrames::on_lost() {
  last_.reset();
  distances_.clear();
  usual_ = {};
  interruption_.reset();
}

bool MissedFrames::alike(Steady::duration a, Steady::duration b) const {
  return std::chrono::abs(a - b) <= kAlike * std::chrono::duration<double, std::nano>(usual_);
}

void MissedFrames::on_frame(SteadyTime captured) {
  const auto before = std::exchange(last_, captured);
  if (!before) return;
  const auto distance = captured - *before;
  if (distance > kLongestHole) {
    on_lost();
    last_ = captured;
    return;
  }
  if (!interruption_ && usual_ > Steady::duration::zero() && !alike(distance, usual_)) {
    Interruption begins;
    begins.before = *before;
    interruption_ = begins;
  }
  if (interruption_) {
    interrupted(captured, distance);
  } else {
    learn(distance);
  }
}

void MissedFrames::learn(Steady::duration distance) {
  if (distances_.size() == kWindow) distances_.erase(distances_.begin());
  distances_.push_back(distance);
  usual_ = {};
  if (distances_.size() < kWindow) return;
  auto sorted = distances_;
  std::sort(sorted.begin(), sorted.end());
  const auto middle = sorted[kWindow / 2];
  usual_ = middle;
  Steady::duration sum{0};
  std::size_t same = 0;
  for (const auto other : distances_) {
    if (!alike(other, middle)) continue;
    sum += other;
    ++same;
  }
  usual_ = same < kClear ? Steady::duration::zero() : sum / static_cast<Steady::rep>(same);
}

void MissedFrames::interrupted(SteadyTime captured, Steady::duration distance) {
  Interruption& now = *interruption_;
  const bool is_usual = alike(distance, usual_);
  ++now.frames;
  now.usual += is_usual ? 1 : 0;
  now.usual_in_a_row = is_usual ? now.usual_in_a_row + 1 : 0;
  now.others = !is_usual && alike(distance, now.other) ? now.others + 1 : 1;
  now.other = distance;
  if (now.usual_in_a_row >= kBack) {
    settle(captured);
    interruption_.reset();
  } else if (now.others >= kOther && !is_usual) {
    on_lost();
    last_ = captured;
  } else if (now.frames >= kLongest) {
    if (now.usual >= kGoesOn) {
      settle(captured);
      interruption_.reset();
    } else {
      on_lost();
      last_ = captured;
    }
  }
}

void MissedFrames::settle(SteadyTime until) {
  const auto expected =
      std::llround(to_seconds(until - interruption_->before) / to_seconds(usual_));
  count_ += static_cast<std::uint64_t>(std::max<long long>(expected - interruption_->frames, 0));
}

std::optional<std::uint64_t> MissedFrames::report(SteadyTime now) {
  if (count_ == reported_) return std::nullopt;
  if (last_report_ && now - *last_report_ < kReportInterval) return std::nullopt;
  last_report_ = now;
  return count_ - std::exchange(reported_, count_);
}

}  // namespace minidvr::capture
