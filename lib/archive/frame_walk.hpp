// Frames of a stretch of time, one after the other, from one recording to the next.
#pragma once

#include "archive/archive.hpp"
#include "archive/frame_run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace minidvr::archive {

// A frame as it lies in its file.
struct PlacedFrame {
  std::uint64_t offset = 0;
  std::uint32_t size = 0;  // bytes
  WallTime captured;
};

// The frames of one recording that belong to the stretch.
class WalkedRecording {
 public:
  struct Facts {
    std::string name;
    WallTime start;            // of capture of its first frame
    microseconds interval{0};  // between two of its frames, as a rule
    std::uint16_t width = 0;   // pixels
    std::uint16_t height = 0;  // pixels
  };
  WalkedRecording(OpenRecording open, Archive::Frames frames, Facts facts, FrameRun run);

  const Facts& facts() const { return facts_; }
  const OpenRecording& open() const { return open_; }
  // When its last frame, also one outside of the stretch, has been shown.
  WallTime end() const { return facts_.start + frames_->frames.back().time + facts_.interval; }

  // What is left of it.
  const FrameRun& run() const { return run_; }
  std::size_t left() const { return run_.count(); }
  // The next frame; there must be one left.
  PlacedFrame peek() const;
  PlacedFrame take();
  // Nothing more of it.
  void skip() { run_.first = run_.end; }

 private:
  OpenRecording open_;
  Archive::Frames frames_;
  Facts facts_;
  FrameRun run_;  // what is left
  std::uint64_t offset_;
};

class FrameWalk {
 public:
  // `archive` must outlive it.
  FrameWalk(Archive& archive, Stretch stretch) : archive_(archive), stretch_(stretch) {}

  // The next recording with frames of the stretch; nullopt: there is none any more. Recordings that
  // are listed as damaged are passed over. An error: one can not be read, and what is wrong; asked
  // again, the walk goes on behind it. What is being written is walked to where it can be read when
  // one gets there.
  Task<Result<std::optional<WalkedRecording>>> next();

 private:
  // A recording, by what the list is in order of.
  struct Place {
    WallTime start;
    std::string name;
    auto operator<=>(const Place&) const = default;
  };

  std::optional<Place> find_next() const;
  Task<Result<std::optional<WalkedRecording>>> enter(Place place, std::size_t first);

  Archive& archive_;
  Stretch stretch_;
  std::optional<Place> last_;
  // Of a recording that was being written when it was entered: the frames that there were then.
  std::size_t seen_while_growing_ = 0;
  std::uint64_t passed_ = 0;
};

// A frame to be read, and what stands before it in the text that it becomes a part of.
struct WrappedFrame {
  std::string before;
  PlacedFrame frame;
};

// Puts them into `text`, one after the other, with `behind` after each. Returns how many could be
// read; what is not whole is left out, with all that follows. Blocks: use it on a pool.
std::size_t read_frames(int file, const std::vector<WrappedFrame>& frames, std::string_view behind,
                        std::string& text);

}  // namespace minidvr::archive
