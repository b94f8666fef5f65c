#include "capture/jitter_filter.hpp"

#include <algorithm>
#include <cmath>

#include <boost/container/static_vector.hpp>

namespace minidvr::capture {
namespace {

// This runs for every frame: nothing is allocated.
using Values = boost::container::static_vector<double, JitterFilter::kWindow>;

double seconds_of(microseconds value) {
  return std::chrono::duration<double>(value).count();
}

double median(Values values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool alike(double a, double b, microseconds tolerance) {
  return std::abs(a - b) <= seconds_of(tolerance);
}

// Distances between neighbours, seconds.
Values intervals(const std::deque<SteadyTime>& times) {
  Values result;
  for (std::size_t i = 1; i < times.size(); ++i)
    result.push_back(to_seconds(times[i] - times[i - 1]));
  return result;
}

// The usual one of some distances. The median alone is as coarse as the times: whole milliseconds,
// which are off by a frame after 26 of them at 60 fps.
double usual(const Values& distances) {
  const double middle = median(distances);
  double sum = 0;
  int count = 0;
  for (const double distance : distances) {
    if (!alike(distance, middle, JitterFilter::kSameInterval)) continue;
    sum += distance;
    ++count;
  }
  return sum / count;
}

}  // namespace

SteadyTime JitterFilter::filter(SteadyTime noted) {
  remember(noted);
  auto placed = place();
  moved_ = placed ? moved_ + 1 : 0;
  if (moved_ == kMostMoved) {
    // That is no scheduling any more: the camera has another rhythm.
    noted_.erase(noted_.begin(), noted_.end() - static_cast<std::ptrdiff_t>(kMostMoved));
    usual_ = usual(intervals(noted_));
    moved_ = 0;
    placed.reset();
  }
  last_ = placed.value_or(noted);
  return last_;
}

void JitterFilter::remember(SteadyTime noted) {
  if (noted_.size() >= 2) {
    const double before = to_seconds(noted_.back() - noted_[noted_.size() - 2]);
    const double now = to_seconds(noted - noted_.back());
    const double expected = usual_ * std::max(std::round(now / usual_), 1.0);
    if (alike(now, expected, kOtherRate)) {
      others_ = 0;
    } else {
      others_ = others_ > 0 && alike(now, before, kSameInterval) ? others_ + 1 : 1;
    }
    const std::size_t enough = alike(now, expected, kClearlyOther) ? 3 : 2;
    if (now <= 0 || now > kLongestPause * usual_) {
      noted_.clear();
      others_ = 0;
    } else if (others_ >= enough) {
      // The same other distance again and again: that is another frame rate, no scheduling.
      noted_.erase(noted_.begin(), noted_.end() - static_cast<std::ptrdiff_t>(others_));
      others_ = 0;
    }
  }
  noted_.push_back(noted);
  if (noted_.size() > kWindow) noted_.pop_front();
  if (noted_.size() >= 2) usual_ = usual(intervals(noted_));
}

// Where in the rhythm the newest frame belongs; nullopt when it is there, or when there is no
// rhythm.
std::optional<SteadyTime> JitterFilter::place() const {
  if (noted_.size() < kFewest) return std::nullopt;
  // Where each frame is, in seconds and in frames, counted from the oldest.
  Values times;
  Values frames;
  for (const auto& time : noted_) {
    times.push_back(to_seconds(time - noted_.front()));
    frames.push_back(std::round(times.back() / usual_));
  }
  const auto half = times.size() / 2;
  Values slopes;
  for (std::size_t i = half; i < times.size(); ++i) {
    const double distance = frames[i] - frames[i - half];
    if (distance > 0) slopes.push_back((times[i] - times[i - half]) / distance);
  }
  if (slopes.empty()) return std::nullopt;
  const double interval = median(slopes);

  Values offsets;
  for (std::size_t i = 0; i < times.size(); ++i)
    offsets.push_back(times[i] - frames[i] * interval);
  const double offset = median(offsets);
  const auto in_time = std::count_if(offsets.begin(), offsets.end(),
                                     [&](double other) { return alike(other, offset, kInTime); });
  if (static_cast<double>(in_time) < kClear * static_cast<double>(offsets.size())) {
    return std::nullopt;
  }

  // No frame is early: one that comes between two places is late for the first, unless that is
  // taken.
  const double newest = (times.back() - offset) / interval;
  const double position = std::floor(newest + kEarly);
  const auto at = noted_.front() + std::chrono::duration_cast<Steady::duration>(
                                       std::chrono::duration<double>(offset + position * interval));
  const bool is_late = (newest - position) * interval > seconds_of(kInTime);
  const bool is_near = newest - position <= kFarthest;
  const bool is_free = to_seconds(at - last_) > interval / 2;
  return is_late && is_near && is_free ? std::optional(at) : std::nullopt;
}

}  // namespace minidvr::capture
