#include "recording/refusals.hpp"

#include <algorithm>

namespace minidvr::recording {

std::size_t Refusals::begin(const capture::FramePtr& front, std::size_t waiting) {
  if (front != front_) {
    front_ = front;
    refusals_ = 0;
    tried_others_ = false;
    distance_ = 1;
  }
  waiting_ = waiting;
  const bool other = refusals_ >= kBeforeOther && !tried_others_ && waiting > 1;
  session_ = works_ ? Session::alone : other ? Session::other : Session::usual;
  return session_ == Session::other ? std::min(distance_, waiting - 1) : 0;
}

bool Refusals::end(Outcome outcome) {
  const bool was_other = session_ == Session::other;
  if (outcome == Outcome::failed || (outcome == Outcome::written && !was_other)) {
    *this = {};
    return false;
  }
  if (was_other) {
    works_ = outcome == Outcome::written;
    if (works_) refusals_ = 0;
    distance_ = works_ || distance_ + 1 >= waiting_ ? 1 : 2 * distance_;
    // Some at once, the first time; when none of them is taken, ffmpeg may be broken for long.
    tried_others_ = refusals_ > kBeforeOther || distance_ == 1;
    return false;
  }
  tried_others_ = false;
  ++refusals_;
  if (!works_ || refusals_ < kBeforeDrop) return false;
  front_.reset();
  return true;
}

}  // namespace minidvr::recording
