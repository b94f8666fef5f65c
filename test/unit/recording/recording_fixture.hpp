// A segment on a real disk, written by the real ffmpeg, without the recorder around it.
#pragma once

#include "recording/media_file.hpp"
#include "recording/muxer.hpp"
#include "recording/segment_file.hpp"
#include "unit/support/run_task.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::test {

// One packet as ffprobe reads it out of a file.
struct Packet {
  std::int64_t pts = 0;  // microseconds
  std::uint64_t position = 0;
  std::uint64_t size = 0;
};
std::vector<Packet> packets(Tasks& tasks, const std::filesystem::path& file,
                            const std::vector<std::string>& more = {});

std::string bytes_of(const std::filesystem::path& file);
// Of a folder, which is made when it is missing.
recording::Folders folders_of(const std::filesystem::path& recordings_dir);
std::size_t files_in(const std::filesystem::path& folder, const std::string& ending);

// Frames of growing size at irregular times, so that they cannot be taken for each other.
std::vector<capture::FramePtr> some_frames(int count);

// Every sample of `file` is the frame of the same number, byte for byte, at its time.
void check_holds(Tasks& tasks, const std::filesystem::path& file,
                 const std::vector<capture::FramePtr>& frames);

class RecordingFixture {
 public:
  explicit RecordingFixture(std::uint32_t reserve = 200'000);
  ~RecordingFixture();

  // A further segment of the same ffmpeg.
  std::shared_ptr<recording::SegmentFile> create(const capture::FramePtr& first);
  void start_ffmpeg();
  // Gives frames to ffmpeg as its file `number`, and waits until it has taken them.
  void give(const std::vector<capture::FramePtr>& frames, std::uint32_t number = 0);
  // Closes ffmpeg's input and waits for its end; returns what went wrong.
  std::string finish_ffmpeg();
  std::string kill_ffmpeg();
  // Until `condition` holds, or some seconds are over.
  bool wait_until(const std::function<bool()>& condition);
  // Looks at the segment until `count` of the frames are written.
  void follow_until(recording::SegmentFile& segment, const std::vector<capture::FramePtr>& frames,
                    std::size_t count, bool sync);

  std::filesystem::path partial() const;
  std::filesystem::path media(std::uint32_t number = 0) const;

  TemporaryFolder folder;
  Tasks tasks;
  recording::NamesInUse names;
  std::size_t listed = 0;

 private:
  std::string wait_for_end();

  std::uint32_t reserve_;
  std::uint32_t segments_ = 0;
  std::shared_ptr<recording::Muxer> muxer_;
  bool taken_ = true;
  std::optional<std::string> ended_;
};

// As SegmentFile wants them: times count from the first.
std::vector<recording::Sample> samples_of(const std::vector<capture::FramePtr>& frames);
std::uint64_t bytes_in(const std::vector<capture::FramePtr>& frames);

}  // namespace minidvr::test
