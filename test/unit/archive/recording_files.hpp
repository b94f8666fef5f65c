// Small recordings on disk, as the recorder leaves them when it had to write the header itself.
#pragma once

#include "core/file.hpp"
#include "recording/media_file.hpp"
#include "unit/support/frames.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <fcntl.h>

namespace minidvr::test {

// A file of `frames` pictures, 40 ms each, that differ in their size.
inline std::filesystem::path write_recording(const std::filesystem::path& folder,
                                             const std::string& name, WallTime start,
                                             int frames = 3) {
  constexpr int kReserve = 4096;
  const auto path = folder / name;
  std::vector<recording::Sample> samples;
  {
    std::ofstream out(path, std::ios::binary);
    out.write(
        "\0\0\0\x1c"
        "ftypisom\0\0\2\0isomiso2mp41",
        28);
    out.seekp(28 + kReserve);
    out.write(
        "\0\0\0\x08"
        "free\0\0\0\0mdat",
        16);
    for (int i = 0; i < frames; ++i) {
      const auto picture = jpeg(640, 480, 100 + static_cast<std::size_t>(i));
      out.write(reinterpret_cast<const char*>(picture.data()),
                static_cast<std::streamsize>(picture.size()));
      samples.push_back({microseconds(i * 40'000), static_cast<std::uint32_t>(picture.size())});
    }
  }
  recording::JournalHeader header;
  header.reserve = kReserve;
  header.width = 640;
  header.height = 480;
  header.frame_interval = 40'000;
  header.wall = std::chrono::floor<microseconds>(start.time_since_epoch()).count();
  const FileDescriptor media(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(recording::media::write_header(media.get(), header, samples));
  return path;
}

}  // namespace minidvr::test
