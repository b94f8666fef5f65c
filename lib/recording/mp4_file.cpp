#include "recording/mp4_file.hpp"

#include "core/file.hpp"
#include "recording/mp4_header.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <concepts>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::recording::mp4 {
namespace {

// A segment may be longer than 2 GiB, also on a 32-bit system.
static_assert(sizeof(off_t) == 8);

constexpr int kSectorBytes = 512;          // disks write no less at a time
constexpr std::uint64_t kMdatHeader = 16;  // ffmpeg writes an empty `free` box and a short `mdat`

bool read_at(int file, std::uint64_t offset, std::span<std::uint8_t> into) {
  while (!into.empty()) {
    const ssize_t n = ::pread(file, into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    into = into.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

bool write_at(int file, std::uint64_t offset, std::span<const std::uint8_t> from) {
  while (!from.empty()) {
    const ssize_t n = ::pwrite(file, from.data(), from.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    from = from.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

template <std::unsigned_integral Number>
Number get(const std::uint8_t* at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    value = value << 8 | at[i];
  return static_cast<Number>(value);
}

template <std::unsigned_integral Number>
void put(std::uint8_t* at, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    at[i] = static_cast<std::uint8_t>(std::uint64_t{value} >> (8 * (sizeof(Number) - 1 - i)));
  }
}

std::uint64_t file_size(int file) {
  struct stat info {};
  return ::fstat(file, &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

struct Box {
  std::string type;
  std::uint64_t start = 0;
  std::uint64_t header = 0;  // bytes before the content
  std::uint64_t size = 0;    // with the header
};

// The box at `at`; nullopt when there is none that fits before `end`.
std::optional<Box> box_at(int file, std::uint64_t at, std::uint64_t end) {
  std::array<std::uint8_t, 16> bytes{};
  if (at + 8 > end || !read_at(file, at, std::span(bytes).first(8))) return std::nullopt;
  Box box{std::string(bytes.begin() + 4, bytes.begin() + 8), at, 8,
          get<std::uint32_t>(bytes.data())};
  if (box.size == 1) {
    if (at + 16 > end || !read_at(file, at, bytes)) return std::nullopt;
    box.header = 16;
    box.size = get<std::uint64_t>(bytes.data() + 8);
  }
  if (box.size < box.header || box.size > end - at) return std::nullopt;
  return box;
}

// The first box of this type among those between `at` and `end`.
std::optional<Box> find_box(int file, std::uint64_t at, std::uint64_t end, std::string_view type) {
  while (auto box = box_at(file, at, end)) {
    if (box->type == type) return box;
    at += box->size;
  }
  return std::nullopt;
}

// The number of samples of the only track.
std::optional<std::size_t> sample_count(int file, const Box& moov) {
  Box box = moov;
  for (const auto* type : {"trak", "mdia", "minf", "stbl", "stsz"}) {
    const auto inner = find_box(file, box.start + box.header, box.start + box.size, type);
    if (!inner) return std::nullopt;
    box = *inner;
  }
  std::array<std::uint8_t, 4> count{};
  if (!read_at(file, box.start + box.header + 8, count)) return std::nullopt;
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
    return make_error(Errc::wrong_state, std::string(why));
  };
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
  const auto moov = find_box(file, 0, file_size(file), "moov");
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
  std::array<std::uint8_t, 8> free_box{0, 0, 0, 0, 'f', 'r', 'e', 'e'};
  put(free_box.data(), static_cast<std::uint32_t>(header.reserve - moov.size()));
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
  const auto payload = payload_offset(file, reserve);
  if (!payload) return kept;
  const std::uint64_t end = file_size(file);
  std::uint64_t from = *payload;
  std::uint64_t to = *payload;
  std::vector<std::uint8_t> frame;
  for (std::size_t i = 0; i < samples.size() && from + samples[i].size <= end; ++i) {
    const std::uint32_t size = samples[i].size;
    if (i >= trusted) {
      frame.resize(size);
      const bool known = samples[i].digest != 0;
      const bool whole = read_at(file, from, frame) &&
                         (known ? digest_of(frame) == samples[i].digest : is_whole_jpeg(frame));
      if (whole && to != from && !write_at(file, to, frame)) return io_error("move a frame");
      if (!whole) {
        from += size;
        continue;
      }
    }
    from += size;
    to += size;
    kept.push_back(samples[i]);
  }
  return kept;
}

}  // namespace minidvr::recording::mp4
