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

namespace minidvr::recording {
namespace {

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

Error io_error(const std::filesystem::path& path) {
  const int number = errno;
  return make_error(number == ENOENT ? Errc::not_found : Errc::unavailable,
                    fmt::format("cannot complete {}: {}", path.string(), errno_text(number)));
}

// A frame is whole when it starts with SOI and ends with EOI: what never reached the disk reads as
// zeros.
bool is_whole_jpeg(int file, std::uint64_t offset, std::uint32_t size) {
  std::array<std::uint8_t, 2> start{};
  std::array<std::uint8_t, 2> end{};
  constexpr std::array<std::uint8_t, 2> kStartOfImage{0xFF, 0xD8};
  constexpr std::array<std::uint8_t, 2> kEndOfImage{0xFF, 0xD9};
  if (size < 4 || !read_at(file, offset, start) || !read_at(file, offset + size - 2, end)) {
    return false;
  }
  if (start != kStartOfImage) return false;
  if (end == kEndOfImage) return true;
  // Some cameras pad their frames with zeros behind the EOI.
  std::vector<std::uint8_t> frame(size);
  if (!read_at(file, offset, frame)) return false;
  const auto last =
      std::find_if(frame.rbegin(), frame.rend(), [](std::uint8_t b) { return b != 0; });
  return frame.rend() - last >= 2 && *last == kEndOfImage[1] && *std::next(last) == kEndOfImage[0];
}

}  // namespace

std::optional<std::uint64_t> payload_offset(int file, std::uint32_t header_bytes) {
  std::array<std::uint8_t, 8> bytes{};
  if (!read_at(file, 0, bytes) ||
      std::string_view(reinterpret_cast<char*>(&bytes[4]), 4) != "ftyp") {
    return std::nullopt;
  }
  const std::uint64_t mdat = get<std::uint32_t>(bytes.data()) + std::uint64_t{header_bytes} + 8;
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

Result<> check_complete(const std::filesystem::path& path, std::optional<std::size_t> samples,
                        std::optional<std::uint64_t> payload) {
  const auto incomplete = [&](std::string_view why) {
    return make_error(Errc::wrong_state, fmt::format("{} is incomplete: {}", path.string(), why));
  };
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return io_error(path);
  const std::uint64_t end = file_size(file.get());
  std::optional<Box> moov;
  std::optional<Box> mdat;
  std::uint64_t at = 0;
  while (const auto box = box_at(file.get(), at, end)) {
    if (box->type == "moov") moov = box;
    if (box->type == "mdat") {
      if (!moov) return incomplete("no moov before mdat");
      mdat = box;
    }
    at += box->size;
  }
  if (!moov || !mdat) return incomplete("moov or mdat is missing");
  if (at != end) return incomplete("its boxes do not fill it");
  if (payload && mdat->size - mdat->header != *payload) {
    return incomplete(
        fmt::format("{} bytes of frames instead of {}", mdat->size - mdat->header, *payload));
  }
  const auto count = sample_count(file.get(), *moov);
  if (!count) return incomplete("it has no sample table");
  if (samples && *count != *samples) {
    return incomplete(fmt::format("{} frames instead of {}", *count, *samples));
  }
  return {};
}

Result<std::size_t> complete_in_place(const std::filesystem::path& path, const Journal& journal) {
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) return io_error(path);
  const std::uint64_t end = file_size(file.get());
  const auto payload = payload_offset(file.get(), journal.header.header_bytes);
  if (!payload) return std::size_t{0};

  // While the machine ran on, all that the journal names is there, whatever it looks like.
  const bool certain = journal.header.boot_id == current_boot_id();
  std::uint64_t at = *payload;
  std::size_t count = 0;
  for (const auto& sample : journal.samples) {
    if (at + sample.size > end) break;
    if (!certain && !is_whole_jpeg(file.get(), at, sample.size)) break;
    at += sample.size;
    ++count;
  }
  const auto samples = std::span(journal.samples).first(count);
  if (samples.empty()) return std::size_t{0};

  const auto moov = moov_box(journal.header, samples, *payload);
  if (moov.size() + 8 > journal.header.header_bytes) {
    return make_error(Errc::unavailable,
                      fmt::format("cannot complete {}: its header takes {} bytes, {} are reserved",
                                  path.string(), moov.size(), journal.header.header_bytes));
  }
  // The rest of the reserved space becomes a `free` box.
  std::array<std::uint8_t, 8> free_box{0, 0, 0, 0, 'f', 'r', 'e', 'e'};
  put(free_box.data(), static_cast<std::uint32_t>(journal.header.header_bytes - moov.size()));
  std::array<std::uint8_t, kMdatHeader> mdat{0, 0, 0, 8, 'f', 'r', 'e', 'e',
                                             0, 0, 0, 0, 'm', 'd', 'a', 't'};
  const std::uint64_t payload_bytes = at - *payload;
  if (payload_bytes + 8 <= std::numeric_limits<std::uint32_t>::max()) {
    put(&mdat[8], static_cast<std::uint32_t>(payload_bytes + 8));
  } else {
    mdat = {0, 0, 0, 1, 'm', 'd', 'a', 't'};
    put(&mdat[8], payload_bytes + kMdatHeader);
  }
  const std::uint64_t moov_at = *payload - kMdatHeader - journal.header.header_bytes;
  const bool written = write_at(file.get(), moov_at, moov) &&
                       write_at(file.get(), moov_at + moov.size(), free_box) &&
                       write_at(file.get(), *payload - kMdatHeader, mdat) &&
                       ::ftruncate(file.get(), static_cast<off_t>(at)) == 0 &&
                       ::fsync(file.get()) == 0;
  if (!written) return io_error(path);
  return count;
}

}  // namespace minidvr::recording
