// Whether the camera delivers, judged by the frames that arrive.
#pragma once

#include "capture/frame.hpp"
#include "core/clock.hpp"

#include <deque>
#include <optional>

namespace minidvr::capture {

// Frame rate, age of the newest frame, and stalls. No I/O: times come in.
class CameraMonitor {
 public:
  static constexpr seconds kRateWindow{2};      // over which the frame rate is measured
  static constexpr seconds kShortestStall{2};   // a stall is never noticed sooner than this
  static constexpr int kStallIntervals = 3;     // frame intervals without a frame
  static constexpr seconds kLongestStall{120};  // after that it is one for the slowest camera
  // While a single frame does not tell how slow the camera is.
  static constexpr milliseconds kOnlyFrameStall{4500};
  // No rate is told before frames have come for so long: some may have waited for us.
  static constexpr milliseconds kSettling{500};
  // No camera sends pictures closer to each other than this.
  static constexpr milliseconds kShortestInterval{1};

  void on_frame(const Frame& frame, SteadyTime now);
  // The stream ended, or shows a placeholder.
  void on_lost() {
    delivering_ = false;
    is_same_stream_ = false;
  }
  // No frame came for long, and the stream is still open: with the next one it may turn out to be a
  // slow camera.
  void on_stalled() { delivering_ = false; }

  // Frames arrive: the last one is no older than the stall threshold, and nothing was lost since.
  bool online(SteadyTime now) const;
  // How often frames began to arrive; nullopt while it is not online. Who looks only now and then
  // sees by it that the camera was gone in between.
  std::optional<unsigned> arrivals(SteadyTime now) const;
  // No frame for longer than patience().
  bool stalled(SteadyTime now) const;
  // How long the next frame may take: kStallIntervals frame intervals or kShortestStall, whichever
  // is longer, but no longer than kLongestStall; kOnlyFrameStall after the first one of a stream.
  Steady::duration patience() const;
  // One frame came of this stream so far.
  bool has_only_one() const { return is_same_stream_ && window_.size() == 1; }

  double fps(SteadyTime now) const;                            // 0 when nothing arrives
  std::optional<double> last_frame_age(SteadyTime now) const;  // seconds
  // Bytes a second over the same window; 0 when nothing arrives.
  double data_rate(SteadyTime now) const;
  unsigned width() const { return width_; }
  unsigned height() const { return height_; }

  // Mean time between frames, as they were captured and as they arrived, whichever is longer:
  // frames that waited come all at once, and times that are wrong may lie close together. nullopt
  // while it is not known yet.
  std::optional<Steady::duration> interval() const;

 private:
  struct Arrival {
    SteadyTime captured;
    SteadyTime came;
    std::size_t bytes;
  };

  std::deque<Arrival> window_;
  SteadyTime last_arrival_{};
  SteadyTime first_arrival_{};  // since frames are coming
  bool delivering_ = false;
  unsigned arrivals_ = 0;
  bool is_same_stream_ = false;  // as that of the frame before
  unsigned width_ = 0;
  unsigned height_ = 0;
};

}  // namespace minidvr::capture
