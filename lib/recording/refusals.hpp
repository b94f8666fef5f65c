// Whether it is one frame that ffmpeg does not take, or ffmpeg takes none. No I/O.
#pragma once

#include "capture/frame.hpp"
#include "core/clock.hpp"

#include <cstddef>

namespace minidvr::recording {

// When ffmpeg ends by itself without having written anything, the frame in front may be to blame:
// then it ends each further ffmpeg, too. Or none works, and all frames are to wait for one that
// does. So another frame is tried, and what is written of it is thrown away. If ffmpeg takes that
// one, the one in front is tried once more, alone, and is given up when that is refused again.
class Refusals {
 public:
  // Refusals in a row before another frame is tried.
  static constexpr unsigned kBeforeOther = 3;
  // So often a frame is refused alone before it is given up, while another one is written.
  static constexpr unsigned kBeforeDrop = 2;
  // A frame is refused when it is read. An ffmpeg that lives for longer ends for another reason.
  static constexpr seconds kSoon{3};
  // Frames wait while it is found out: no longer than so between two tries.
  static constexpr milliseconds kPause{200};

  enum class Session {
    usual,
    other,  // of one frame that is not the one in front; it is not kept
    alone,  // of the one in front and no more
  };
  enum class Outcome {
    written,  // something
    refused,  // ffmpeg ended by itself, and nothing was written
    failed,   // for another reason: nobody knows what ffmpeg would have done
  };

  // A session is to begin, of `waiting` frames with `front` as the first. Returns which of them is
  // its first.
  std::size_t begin(const capture::FramePtr& front, std::size_t waiting);
  Session session() const { return session_; }
  bool is_of_one_frame() const { return session_ != Session::usual; }
  // It is over. Returns whether the frame in front is given up.
  bool end(Outcome outcome);

  // The next session, of so many waiting frames, finds something out, and need not be waited for.
  bool at_once(std::size_t waiting) const { return works_ || (waiting > 1 && is_first_round()); }
  // Whether to blame the frame in front is still being found out.
  bool is_open(std::size_t waiting) const {
    return works_ || (waiting > 1 && (is_first_round() || is_before_first_round()));
  }

 private:
  bool is_before_first_round() const { return refusals_ > 0 && refusals_ < kBeforeOther; }
  bool is_first_round() const { return refusals_ == kBeforeOther && !tried_others_; }

  capture::FramePtr front_;
  Session session_ = Session::usual;
  unsigned refusals_ = 0;      // of front_, in a row
  bool works_ = false;         // ffmpeg has written another frame, and none of those before it
  bool tried_others_ = false;  // since the last refusal
  std::size_t distance_ = 1;  // of the other frame; further each time: the next one may be the same
  std::size_t waiting_ = 0;
};

}  // namespace minidvr::recording
