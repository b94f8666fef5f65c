// What goes into a clip, found out before it is made.
#pragma once

#include "archive/archive.hpp"
#include "archive/clip.hpp"
#include "archive/frame_walk.hpp"
#include "recording/disk_space.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace minidvr::archive {

struct ClipPlan {
  // A part of one recording. One that was open when this was made can be read, whatever happens to
  // its name, while this lives.
  struct Part {
    std::optional<OpenRecording> open;  // nullopt: it is opened when its turn comes
    WalkedRecording::Facts facts;
    FrameRun run;
  };
  std::vector<Part> parts;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;  // of the frames
  WallTime start;           // of capture of the first frame
  microseconds length{0};   // until the last frame has been shown
  microseconds last_shown{0};
  std::vector<ClipGap> gaps;
  std::uint16_t width = 0;   // pixels
  std::uint16_t height = 0;  // pixels
  double data_rate = 0;      // bytes a second that the recorder wrote then
};

// Recordings that are held open for one clip; a day of ten minutes each is 144. Those behind them
// are opened in their turn, so that a clip of very many takes no more descriptors.
inline constexpr std::size_t kMostHeld = 256;

// The first `held` of its recordings stay open: none, for who only counts. A recording that can not
// be read is passed over. not_found: there are no such frames; refused: too many, or of several
// sizes; malformed, unavailable: none can be read.
Task<Result<ClipPlan>> plan_clip(Archive& archive, const ClipRequest& request, std::size_t held);

// The part as it is read; malformed, unavailable, not_found: it can not be any more.
Task<Result<WalkedRecording>> enter_part(Archive& archive, const ClipPlan::Part& part);

// Bytes that the disk takes for it at the most.
std::uint64_t disk_bytes(const ClipPlan& plan);
// Bytes of its header at the most.
std::uint64_t header_bytes(const ClipPlan& plan);
// Bytes that have to be free beside it, so that the recorder is not kept from recording.
std::uint64_t kept_free(const ClipPlan& plan);

// Whether a disk takes so many bytes more and leaves `kept` of them free. unavailable: it is too
// full.
Result<> check_room(const recording::DiskSpace& space, std::uint64_t wanted, std::uint64_t kept);
// Whether it takes a file that large. refused.
Result<> check_size(const recording::DiskSpace& space, std::uint64_t bytes);

}  // namespace minidvr::archive
