#include "power_cut/mp4_samples.hpp"

#include <optional>
#include <string>

namespace minidvr::power_cut {
namespace {

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t length) {
  if (at + length > bytes.size()) throw IncompleteMp4("a box ends within a number");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < length; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

struct Box {
  std::string_view type;
  std::string_view content;
  std::size_t start;  // of the box, in what it was read from
};

std::vector<Box> boxes_of(std::string_view bytes) {
  std::vector<Box> boxes;
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint64_t size = number_at(bytes, at, 4);
    std::size_t header = 8;
    if (size == 1) {
      size = number_at(bytes, at + 8, 8);
      header = 16;
    }
    if (size < header || size > bytes.size() - at) throw IncompleteMp4("boxes do not fill it");
    boxes.push_back({bytes.substr(at + 4, 4), bytes.substr(at + header, size - header), at});
    at += size;
  }
  return boxes;
}

std::optional<Box> find(const std::vector<Box>& boxes, std::string_view type) {
  std::optional<Box> found;
  for (const auto& box : boxes) {
    if (box.type != type) continue;
    if (found) throw IncompleteMp4("two boxes " + std::string(type));
    found = box;
  }
  return found;
}

std::string_view inner(std::string_view bytes, std::string_view type) {
  const auto box = find(boxes_of(bytes), type);
  if (!box) throw IncompleteMp4("no box " + std::string(type));
  return box->content;
}

std::vector<std::uint64_t> chunk_offsets(std::string_view table) {
  const auto boxes = boxes_of(table);
  const auto small = find(boxes, "stco");
  const auto large = find(boxes, "co64");
  if (small.has_value() == large.has_value()) throw IncompleteMp4("no table of chunks, or two");
  const std::size_t width = small ? 4 : 8;
  const auto content = (small ? small : large)->content;
  std::vector<std::uint64_t> offsets;
  for (std::size_t i = 0, n = number_at(content, 4, 4); i < n; ++i)
    offsets.push_back(number_at(content, 8 + i * width, width));
  return offsets;
}

std::vector<std::uint64_t> sample_sizes(std::string_view content) {
  const auto same = number_at(content, 4, 4);
  std::vector<std::uint64_t> sizes;
  for (std::size_t i = 0, n = number_at(content, 8, 4); i < n; ++i)
    sizes.push_back(same != 0 ? same : number_at(content, 12 + i * 4, 4));
  return sizes;
}

// How many samples each chunk has.
std::vector<std::size_t> chunk_lengths(std::string_view content, std::size_t chunks) {
  std::vector<std::size_t> lengths(chunks, 0);
  for (std::size_t i = 0, n = number_at(content, 4, 4); i < n; ++i) {
    const auto first = number_at(content, 8 + i * 12, 4);
    const auto length = number_at(content, 12 + i * 12, 4);
    if (first == 0) throw IncompleteMp4("chunks are counted from 1");
    for (auto chunk = first - 1; chunk < chunks; ++chunk)
      lengths[chunk] = length;
  }
  return lengths;
}

std::uint64_t timed_samples(std::string_view content) {
  std::uint64_t count = 0;
  for (std::size_t i = 0, n = number_at(content, 4, 4); i < n; ++i)
    count += number_at(content, 8 + i * 8, 4);
  return count;
}

}  // namespace

std::vector<SampleAt> mp4_samples(std::string_view file) {
  const auto boxes = boxes_of(file);
  const auto moov = find(boxes, "moov");
  const auto mdat = find(boxes, "mdat");
  if (!moov || !mdat) throw IncompleteMp4("no moov or no mdat");
  if (moov->start > mdat->start) throw IncompleteMp4("moov behind mdat");
  const auto table = inner(inner(inner(inner(moov->content, "trak"), "mdia"), "minf"), "stbl");
  const auto offsets = chunk_offsets(table);
  const auto sizes = sample_sizes(inner(table, "stsz"));
  const auto lengths = chunk_lengths(inner(table, "stsc"), offsets.size());
  if (timed_samples(inner(table, "stts")) != sizes.size()) {
    throw IncompleteMp4("not as many times as samples");
  }
  const auto begin = static_cast<std::uint64_t>(mdat->content.data() - file.data());
  const auto end = begin + mdat->content.size();
  std::vector<SampleAt> samples;
  for (std::size_t chunk = 0; chunk < offsets.size(); ++chunk) {
    auto at = offsets[chunk];
    for (std::size_t i = 0; i < lengths[chunk] && samples.size() < sizes.size(); ++i) {
      const auto size = sizes[samples.size()];
      if (at < begin || at > end || size > end - at) throw IncompleteMp4("a sample outside mdat");
      samples.push_back({at, size});
      at += size;
    }
  }
  if (samples.size() != sizes.size()) throw IncompleteMp4("samples without a chunk");
  return samples;
}

}  // namespace minidvr::power_cut
