#include "recording/media_file.hpp"

#include "core/file.hpp"
#include "mp4/boxes.hpp"
#include "mp4/capture_start.hpp"
#include "recording/moov_box.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace minidvr::recording::media {
namespace {

using mp4::Box;
using mp4::box_at;
using mp4::file_size;
using mp4::get;
using mp4::put;
using mp4::read_at;
using mp4::write_at;

constexpr int kSectorBytes = 512;          // disks write no less at a time
constexpr std::uint64_t kMdatHeader = 16;  // ffmpeg writes an empty `free` box and a short `mdat`

// The number of samples of the only track.
std::optional<std::size_t> sample_count(int file, const Box& moov) {
  const auto sizes = mp4::find_inside(file, moov, {"trak", "mdia", "minf", "stbl", "stsz"});
  std::array<std::uint8_t, 4> count{};
  if (!sizes || !read_at(file, sizes->content() + 8, count)) return std::nullopt;
  return get<std::uint32_t>(count.data());
}

Error io_error(std::string_view what) {
  return make_error(Errc::unavailable, fmt::format("cannot {}: {}", what, errno_text(errno)));
}

// A frame is whole when it starts with SOI, has an EOI, and no sector of zeros before that: what
// never reached the disk reads as zeros. Cameras may pad their frames, or leave junk behind the
// EOI.
bool is_whole_jpeg(std::span<const std::uint8_t> frame) {
  constexpr std::array<std::uint8_t, 2> kStartOfImage{0xFF, 0xD8};
  constexpr std::array<std::uint8_t, 2> kEndOfImage{0xFF, 0xD9};
  if (frame.size() < 4 || !std::equal(kStartOfImage.begin(), kStartOfImage.end(), frame.begin())) {
    return false;
  }
  const auto end =
      std::find_end(frame.begin(), frame.end(), kEndOfImage.begin(), kEndOfImage.end());
  return end != frame.end() &&
         std::search_n(frame.begin(), end, kSectorBytes, std::uint8_t{0}) == end;
}

// Whether the frame is whole at this place; it is in `frame` then.
Result<bool> holds_at(int file, std::uint64_t at, const Sample& sample,
                      std::vector<std::uint8_t>& frame) {
  frame.resize(sample.size);
  errno = 0;
  if (!read_at(file, at, frame)) {
    // What the disk may give at the next try is not given up.
    if (errno != 0) return io_error("read a frame");
    return false;
  }
  return sample.digest != 0 ? digest_of(frame) == sample.digest : is_whole_jpeg(frame);
}

}  // namespace

std::optional<std::uint64_t> payload_offset(int file, std::uint32_t reserve) {
  std::array<std::uint8_t, 8> bytes{};
  if (!read_at(file, 0, bytes) ||
      std::string_view(reinterpret_cast<char*>(&bytes[4]), 4) != "ftyp") {
    return std::nullopt;
  }
  const std::uint64_t mdat = get<std::uint32_t>(bytes.data()) + std::uint64_t{reserve} + 8;
  const auto is_mdat = [&bytes] {
    return std::string_view(reinterpret_cast<char*>(&bytes[4]), 4) == "mdat";
  };
  if (read_at(file, mdat, bytes) && is_mdat()) return mdat + 8;
  // Once it is completed, a file over 4 GiB has the long form, which begins at the `free` box.
  if (read_at(file, mdat - 8, bytes) && get<std::uint32_t>(bytes.data()) == 1 && is_mdat()) {
    return mdat + 8;
  }
  return std::nullopt;
}

Result<> verify(int file, std::optional<std::size_t> samples,
                std::optional<std::uint64_t> payload) {
  const auto not_whole = [](std::string_view why) {
    const std::string words(why);
    return make_error(Errc::wrong_state, errno == 0 ? words : words + ": " + errno_text(errno));
  };
  errno = 0;
  const std::uint64_t end = file_size(file);
  std::optional<Box> moov;
  std::optional<Box> mdat;
  std::uint64_t at = 0;
  while (const auto box = box_at(file, at, end)) {
    if (box->type == "moov") moov = box;
    if (box->type == "mdat") {
      if (!moov) return not_whole("no moov before mdat");
      mdat = box;
    }
    at += box->size;
  }
  if (!moov || !mdat) return not_whole("moov or mdat is missing");
  if (at != end) return not_whole("its boxes do not fill it");
  if (payload && mdat->size - mdat->header != *payload) {
    return not_whole(
        fmt::format("{} bytes of frames instead of {}", mdat->size - mdat->header, *payload));
  }
  const auto count = sample_count(file, *moov);
  if (!count) return not_whole("it has no sample table");
  if (samples && *count != *samples) {
    return not_whole(fmt::format("{} frames instead of {}", *count, *samples));
  }
  return {};
}

std::optional<std::size_t> samples_in_header(int file) {
  const auto moov = mp4::find_box(file, 0, file_size(file), "moov");
  return moov ? sample_count(file, *moov) : std::nullopt;
}

Result<> write_header(int file, const JournalHeader& header, std::span<const Sample> samples) {
  const auto payload = payload_offset(file, header.reserve);
  if (!payload) return make_error(Errc::wrong_state, "ffmpeg has not begun it");
  std::uint64_t payload_bytes = 0;
  for (const auto& sample : samples)
    payload_bytes += sample.size;

  const auto moov = moov_box(header, samples, *payload);
  if (moov.size() + 8 > header.reserve) {
    return make_error(Errc::unavailable, fmt::format("its header takes {} bytes, {} are reserved",
                                                     moov.size(), header.reserve));
  }
  // The rest of the reserve becomes a `free` box.
  const auto before_first = samples.empty() ? microseconds(0) : samples.front().time;
  const auto free_box = mp4::free_box_with_start(
      static_cast<std::uint32_t>(header.reserve - moov.size()), header.start() + before_first);
  std::array<std::uint8_t, kMdatHeader> mdat{0, 0, 0, 8, 'f', 'r', 'e', 'e',
                                             0, 0, 0, 0, 'm', 'd', 'a', 't'};
  if (payload_bytes + 8 <= std::numeric_limits<std::uint32_t>::max()) {
    put(&mdat[8], static_cast<std::uint32_t>(payload_bytes + 8));
  } else {
    mdat = {0, 0, 0, 1, 'm', 'd', 'a', 't'};
    put(&mdat[8], payload_bytes + kMdatHeader);
  }
  const std::uint64_t moov_at = *payload - kMdatHeader - header.reserve;
  const bool written =
      write_at(file, moov_at, moov) && write_at(file, moov_at + moov.size(), free_box) &&
      write_at(file, *payload - kMdatHeader, mdat) &&
      ::ftruncate(file, static_cast<off_t>(*payload + payload_bytes)) == 0 && ::fsync(file) == 0;
  if (!written) return io_error("write its header");
  return {};
}

Result<std::vector<Sample>> keep_whole_frames(int file, std::uint32_t reserve,
                                              std::span<const Sample> samples,
                                              std::size_t trusted) {
  std::vector<Sample> kept;
  errno = 0;
  const auto payload = payload_offset(file, reserve);
  if (!payload && errno != 0) return io_error("read its head");
  if (!payload) return kept;
  const std::uint64_t end = file_size(file);
  std::uint64_t from = *payload;
  std::uint64_t to = *payload;
  std::vector<std::uint8_t> frame;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples[i];
    const std::uint64_t place = std::exchange(from, from + sample.size);
    if (i < trusted) {
      if (from > end) break;
    } else {
      auto whole = holds_at(file, place, sample, frame);
      if (whole && *whole && to != place && !write_at(file, to, frame)) {
        return io_error("move a frame");
      }
      // A recovery that came to nothing may have moved it. Without a digest it can not be told from
      // another frame.
      if (whole && !*whole && to != place && sample.digest != 0) {
        whole = holds_at(file, to, sample, frame);
      }
      if (!whole) return whole.error();
      if (!*whole) continue;
    }
    to += sample.size;
    kept.push_back(sample);
  }
  return kept;
}

}  // namespace minidvr::recording::media
