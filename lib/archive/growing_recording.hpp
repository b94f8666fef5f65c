// The recording that is being written, as far as it is on the disk: its journal tells where each
// frame lies, as the header will when it is complete. Half a second old at the most. Blocks: use it
// on a pool.
#pragma once

#include "archive/recording.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "mp4/movie.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace minidvr::archive {

struct GrowingRecording {
  FileDescriptor file;      // for reading
  std::uint64_t bytes = 0;  // of it that can be read: up to the end of the last frame
  mp4::FrameTable table;
  FileFacts facts;  // as of now
};

// `name`: the name that it is going to have. not_found: nothing of it is there yet, or it is
// complete.
Result<GrowingRecording> open_growing(const std::filesystem::path& recordings_dir,
                                      const std::string& name);

// Whether it has not got its name yet, without a look at its frames.
bool is_growing(const std::filesystem::path& recordings_dir, const std::string& name);

}  // namespace minidvr::archive
