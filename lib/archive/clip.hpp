// A clip: a new file with the frames of a stretch of time.
#pragma once

#include "archive/frame_run.hpp"
#include "archive/recording.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::archive {

// The longest stretch of time, and the most frames: more is a mistake as a rule, and keeps others
// waiting for hours. A day at 30 frames a second is 2,592,000 frames; as a timelapse it is allowed.
inline constexpr std::chrono::hours kLongestClip{24};
inline constexpr std::uint64_t kMostClipFrames = 1'000'000;
// Frames a second of a timelapse.
inline constexpr double kSlowestClip = 0.1;
inline constexpr double kFastestClip = 240;

struct ClipRequest {
  Stretch stretch;            // with its end
  std::optional<double> fps;  // nullopt: at their times of capture; else at so many a second
  std::string name;           // a clip's file name; empty: made of the time
  bool h264 = false;          // encoded anew, for players that know no JPEGs; false: as they are
};

// refused: what of it is not allowed, and what is; too_long when only the stretch is.
std::optional<Error> problem_of(const ClipRequest& request);

enum class ClipState { waiting, running, done, failed, cancelled, deleted };

std::string_view describe(ClipState state);

// A hole between two recordings that was taken out of a clip.
struct ClipGap {
  microseconds at{0};  // in the clip
  WallTime from;       // when the last frame before it had been shown
  WallTime to;         // when the next one was captured
  bool operator==(const ClipGap&) const = default;
};

struct Clip {
  std::string id;    // 16 hexadecimal digits; holds until the program ends
  std::string name;  // of the file, or that it is going to have
  ClipState state = ClipState::waiting;
  double progress = 0;  // 0 to 1
  bool lossless = true;
  std::optional<ClipRequest> request;  // nullopt: it was found
  FileStamp stamp{};                   // when it was found
  // Until it is done, what is expected: of the file; of its frames; until the last has been shown.
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> frames;
  std::optional<microseconds> length;
  std::optional<WallTime> start;    // when its first frame was captured
  std::vector<ClipGap> gaps;        // the first kMostGaps of them
  std::string detail;               // why it failed
  Reason reason = Reason::of_code;  // the same

  bool is_over() const { return state != ClipState::waiting && state != ClipState::running; }
};

inline constexpr std::size_t kMostGaps = 100;  // told of one clip

}  // namespace minidvr::archive
