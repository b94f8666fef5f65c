// Boxes of an MP4 file (ISO/IEC 14496-12, 4.2), read where they lie.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace minidvr::mp4 {

// A recording may be longer than 2 GiB, also on a 32-bit system.
static_assert(sizeof(off_t) == 8);

// All of `into`. False at the end of the file, where errno is 0, or when it can not be read: errno
// says why.
bool read_at(int file, std::uint64_t offset, std::span<std::uint8_t> into);
// False: errno says why.
bool write_at(int file, std::uint64_t offset, std::span<const std::uint8_t> from);

// 0 when it can not be asked.
std::uint64_t file_size(int file);

// A number as MP4 writes it: big endian.
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

struct Box {
  std::string type;
  std::uint64_t start = 0;
  std::uint64_t header = 0;  // bytes before the content
  std::uint64_t size = 0;    // with the header

  std::uint64_t content() const { return start + header; }
  std::uint64_t content_size() const { return size - header; }
  std::uint64_t end() const { return start + size; }
};

// The box at `at`; nullopt when there is none that fits before `end`.
std::optional<Box> box_at(int file, std::uint64_t at, std::uint64_t end);

// The first box of this type among those between `at` and `end`.
std::optional<Box> find_box(int file, std::uint64_t at, std::uint64_t end, std::string_view type);

// The box that `path` leads to, each one inside of the one before.
std::optional<Box> find_inside(int file, const Box& outer,
                               std::initializer_list<std::string_view> path);

}  // namespace minidvr::mp4
