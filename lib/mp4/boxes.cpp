#include "mp4/boxes.hpp"

#include <array>
#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::mp4 {

bool read_at(int file, std::uint64_t offset, std::span<std::uint8_t> into) {
  while (!into.empty()) {
    const ssize_t n = ::pread(file, into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = 0;
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

std::uint64_t file_size(int file) {
  struct stat info {};
  return ::fstat(file, &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

std::optional<Box> box_at(int file, std::uint64_t at, std::uint64_t end) {
  std::array<std::uint8_t, 16> bytes{};
  if (at > end || end - at < 8 || !read_at(file, at, std::span(bytes).first(8))) {
    return std::nullopt;
  }
  Box box{std::string(bytes.begin() + 4, bytes.begin() + 8), at, 8,
          get<std::uint32_t>(bytes.data())};
  if (box.size == 1) {
    if (end - at < 16 || !read_at(file, at, bytes)) return std::nullopt;
    box.header = 16;
    box.size = get<std::uint64_t>(bytes.data() + 8);
  }
  if (box.size < box.header || box.size > end - at) return std::nullopt;
  return box;
}

std::optional<Box> find_box(int file, std::uint64_t at, std::uint64_t end, std::string_view type) {
  while (auto box = box_at(file, at, end)) {
    if (box->type == type) return box;
    at += box->size;
  }
  return std::nullopt;
}

std::optional<Box> find_inside(int file, const Box& outer,
                               std::initializer_list<std::string_view> path) {
  Box box = outer;
  for (const auto type : path) {
    const auto inner = find_box(file, box.content(), box.end(), type);
    if (!inner) return std::nullopt;
    box = *inner;
  }
  return box;
}

}  // namespace minidvr::mp4
