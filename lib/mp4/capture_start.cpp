#include "mp4/capture_start.hpp"

#include "mp4/boxes.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace minidvr::mp4 {
namespace {

constexpr std::string_view kMagic = "MDVRTIME";
constexpr std::size_t kContent = 16;
constexpr std::size_t kBoxHeader = 8;

std::array<std::uint8_t, kContent> content_for(WallTime start) {
  std::array<std::uint8_t, kContent> content{};
  std::copy(kMagic.begin(), kMagic.end(), content.begin());
  const auto time = std::chrono::duration_cast<microseconds>(start.time_since_epoch()).count();
  put(&content[kMagic.size()], static_cast<std::uint64_t>(time));
  return content;
}

// The box behind moov, when the time fits into it.
std::optional<Box> box_for_start(int file) {
  const auto end = file_size(file);
  const auto moov = find_box(file, 0, end, "moov");
  if (!moov) return std::nullopt;
  auto box = box_at(file, moov->end(), end);
  if (!box || box->type != "free" || box->content_size() < kContent) return std::nullopt;
  return box;
}

}  // namespace

std::vector<std::uint8_t> free_box_with_start(std::uint32_t size, WallTime start) {
  std::vector<std::uint8_t> box{0, 0, 0, 0, 'f', 'r', 'e', 'e'};
  put(box.data(), size);
  if (size >= kBoxHeader + kContent) {
    const auto content = content_for(start);
    box.insert(box.end(), content.begin(), content.end());
  }
  return box;
}

bool write_capture_start(int file, WallTime start) {
  const auto box = box_for_start(file);
  return box && write_at(file, box->content(), content_for(start));
}

std::optional<WallTime> read_capture_start(int file) {
  const auto box = box_for_start(file);
  std::array<std::uint8_t, kContent> content{};
  if (!box || !read_at(file, box->content(), content)) return std::nullopt;
  if (!std::equal(kMagic.begin(), kMagic.end(), content.begin())) return std::nullopt;
  // What the clock can hold (its nanoseconds have 63 bits).
  constexpr auto kMost = std::chrono::duration_cast<microseconds>(WallTime::duration::max());
  const auto time = get<std::uint64_t>(&content[kMagic.size()]);
  if (time > static_cast<std::uint64_t>(kMost.count())) return std::nullopt;
  return WallTime(microseconds(static_cast<std::int64_t>(time)));
}

}  // namespace minidvr::mp4
