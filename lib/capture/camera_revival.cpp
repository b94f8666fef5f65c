#include "capture/camera_revival.hpp"

#include <algorithm>

namespace minidvr::capture {

bool CameraRevival::is_due(const Facts& facts, SteadyTime now) {
  if (facts.online) patience_ = limits_.first;
  if (facts.online || !facts.camera_there || !facts.preview_runs) {
    silent_since_.reset();
    return false;
  }
  if (!silent_since_) silent_since_ = now;
  if (now - *silent_since_ < patience_) return false;
  silent_since_.reset();
  patience_ = std::min(patience_ * 2, limits_.longest);
  return true;
}

}  // namespace minidvr::capture
