// Small recordings on disk, as the recorder leaves them when it had to write the header itself.
#pragma once

#include "core/file.hpp"
#include "mp4/boxes.hpp"
#include "recording/media_file.hpp"
#include "support/file_bytes.hpp"
#include "unit/support/frames.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
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

// How others make files of that name.
enum class Film { h264, mpeg4, two_tracks };

inline std::string contents_of(const std::filesystem::path& path) {
  return test::file_bytes(path);
}

// A box in those bytes, by the first place where its type stands.
struct PlainBox {
  PlainBox(const std::string& bytes, const std::string& type)
      : start(bytes.find(type) - 4),
        size(mp4::get<std::uint32_t>(reinterpret_cast<const std::uint8_t*>(&bytes[start]))) {}
  std::size_t start;
  std::size_t size;
};

inline void set_number(std::string& bytes, std::size_t at, std::size_t value) {
  mp4::put(reinterpret_cast<std::uint8_t*>(&bytes[at]), static_cast<std::uint32_t>(value));
}

// A whole file that is no recording.
inline std::filesystem::path write_film(const std::filesystem::path& folder,
                                        const std::string& name, WallTime start,
                                        Film film = Film::h264) {
  const auto path = write_recording(folder, name, start);
  std::string bytes = contents_of(path);
  if (film == Film::h264) bytes.replace(bytes.find("mp4v"), 4, "avc1");
  if (film == Film::mpeg4) bytes[bytes.find('\x6C', bytes.find("esds"))] = '\x20';
  if (film == Film::two_tracks) {
    // The room is that of the box behind.
    const PlainBox moov(bytes, "moov");
    const PlainBox track(bytes, "trak");
    const std::size_t end = moov.start + moov.size;
    const PlainBox rest(bytes.substr(end), "free");
    set_number(bytes, end, rest.size - track.size);
    bytes.erase(end + rest.size - track.size, track.size);
    bytes.insert(end, bytes.substr(track.start, track.size));
    set_number(bytes, moov.start, moov.size + track.size);
  }
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

// As plain ffmpeg writes it: what is behind the frames now was before them.
inline void put_header_behind(const std::filesystem::path& path) {
  std::string bytes = contents_of(path);
  const PlainBox moov(bytes, "moov");
  const PlainBox mdat(bytes, "mdat");
  const std::size_t moved = mdat.start - moov.start;
  const PlainBox chunks(bytes, "stco");
  for (std::size_t at = chunks.start + 16; at < chunks.start + chunks.size; at += 4) {
    const auto* number = reinterpret_cast<const std::uint8_t*>(&bytes[at]);
    set_number(bytes, at, mp4::get<std::uint32_t>(number) - moved);
  }
  std::ofstream(path, std::ios::binary) << bytes.substr(0, moov.start) + bytes.substr(mdat.start) +
                                               bytes.substr(moov.start, moov.size);
}

}  // namespace minidvr::test
