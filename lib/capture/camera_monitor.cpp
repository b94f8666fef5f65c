#include "capture/camera_monitor.hpp"

#include <algorithm>

namespace minidvr::capture {
namespace {

constexpr auto kLargestWindow =
    static_cast<std::size_t>(CameraMonitor::kRateWindow / CameraMonitor::kShortestInterval);

}  // namespace

void CameraMonitor::on_frame(const Frame& frame, SteadyTime now) {
  // A rate over a gap would be neither that before nor that after it.
  if (!is_same_stream_) {
    window_.clear();
    first_arrival_ = now;
  }
  if (!delivering_) ++arrivals_;
  is_same_stream_ = true;
  delivering_ = true;
  last_arrival_ = now;
  width_ = frame.width;
  height_ = frame.height;
  window_.push_back({frame.captured, now, frame.jpeg.size()});
  // Of frames that come all at once, there are no more than a window's.
  while (window_.size() > 2 && (frame.captured - window_.front().captured > kRateWindow ||
                                window_.size() > kLargestWindow)) {
    window_.pop_front();
  }
}

std::optional<Steady::duration> CameraMonitor::interval() const {
  if (window_.size() < 2 || last_arrival_ - first_arrival_ < kSettling) return std::nullopt;
  const auto& first = window_.front();
  const auto& last = window_.back();
  const auto span = std::max(last.captured - first.captured, last.came - first.came);
  return std::max<Steady::duration>(span / static_cast<Steady::rep>(window_.size() - 1),
                                    kShortestInterval);
}

Steady::duration CameraMonitor::patience() const {
  if (has_only_one()) return kOnlyFrameStall;
  const Steady::duration intervals =
      interval().value_or(Steady::duration::zero()) * kStallIntervals;
  return std::clamp<Steady::duration>(intervals, kShortestStall, kLongestStall);
}

bool CameraMonitor::stalled(SteadyTime now) const {
  return now - last_arrival_ > patience();
}

bool CameraMonitor::online(SteadyTime now) const {
  return delivering_ && !stalled(now);
}

std::optional<unsigned> CameraMonitor::arrivals(SteadyTime now) const {
  return online(now) ? std::optional(arrivals_) : std::nullopt;
}

double CameraMonitor::fps(SteadyTime now) const {
  const auto mean = interval();
  if (!online(now) || !mean || *mean <= Steady::duration::zero()) return 0;
  // When frames stop coming the rate falls soon, not when the window has run empty. Some of them
  // may come together, though.
  const auto waiting = now - last_arrival_;
  return 1.0 / to_seconds(waiting > kStallIntervals * *mean ? waiting : *mean);
}

double CameraMonitor::data_rate(SteadyTime now) const {
  if (window_.empty()) return 0;
  std::size_t bytes = 0;
  for (const auto& arrival : window_)
    bytes += arrival.bytes;
  return static_cast<double>(bytes) / static_cast<double>(window_.size()) * fps(now);
}

std::optional<double> CameraMonitor::last_frame_age(SteadyTime now) const {
  if (last_arrival_ == SteadyTime{}) return std::nullopt;
  return to_seconds(now - last_arrival_);
}

}  // namespace minidvr::capture
