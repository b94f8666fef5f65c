#include "archive/index_cache.hpp"

#include "core/crc32.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

constexpr std::string_view kCacheMagic = "MDVRIDX2";
constexpr std::size_t kCacheHeadBytes = kCacheMagic.size() + 4;
constexpr std::size_t kCacheCrcBytes = 4;
constexpr std::size_t kLongestFileName = 255;  // bytes, as Linux has it; fits in its u8
constexpr std::size_t kFactsBytes = 8 + 8 + 8 + 8 + 4 + 2 + 2 + 1;
constexpr unsigned kDamaged = 1;
constexpr unsigned kForeign = 2;
constexpr std::size_t kSmallestEntry = 1 + 1 + kFactsBytes;

// What WallTime reaches, which counts nanoseconds.
constexpr std::int64_t kFirstMicrosecond =
    std::chrono::duration_cast<microseconds>(WallTime::min().time_since_epoch()).count();
constexpr std::int64_t kLastMicrosecond =
    std::chrono::duration_cast<microseconds>(WallTime::max().time_since_epoch()).count();

bool can_be_cached(std::string_view name, std::int64_t start, std::int64_t length) {
  const bool name_of_a_file =
      !name.empty() && name.size() <= kLongestFileName &&
      name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
  return name_of_a_file && start >= kFirstMicrosecond && length >= 0 &&
         length <= kLastMicrosecond - std::max<std::int64_t>(start, 0);
}

std::int64_t start_of(const FileFacts& facts) {
  return std::chrono::floor<microseconds>(facts.start).time_since_epoch().count();
}

std::uint32_t cache_crc(std::string_view bytes) {
  return crc32_of(bytes.data(), bytes.size());
}

template <std::unsigned_integral Number>
void append_number(std::string& bytes, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFF));
  }
}

void append_entry(std::string& bytes, const CachedFacts& entry) {
  const FileFacts& facts = entry.facts;
  append_number(bytes, static_cast<std::uint8_t>(entry.name.size()));
  bytes += entry.name;
  append_number(bytes, facts.stamp.bytes);
  append_number(bytes, static_cast<std::uint64_t>(facts.stamp.modified));
  append_number(bytes, static_cast<std::uint64_t>(start_of(facts)));
  append_number(bytes, static_cast<std::uint64_t>(facts.length.count()));
  append_number(bytes, facts.frames);
  append_number(bytes, facts.width);
  append_number(bytes, facts.height);
  append_number(bytes, static_cast<std::uint8_t>((facts.damaged ? kDamaged : 0) |
                                                 (facts.foreign ? kForeign : 0)));
}

// Gives the bytes of the entries one after the other. Its caller asks left() first.
class EntryBytes {
 public:
  explicit EntryBytes(std::string_view bytes) : bytes_(bytes) {}

  std::size_t left() const { return bytes_.size(); }

  std::string_view text(std::size_t size) {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  template <std::unsigned_integral Number>
  Number number() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      value |= std::uint64_t{static_cast<std::uint8_t>(bytes_[i])} << (8 * i);
    }
    bytes_.remove_prefix(sizeof(Number));
    return static_cast<Number>(value);
  }

  std::int64_t signed_number() { return static_cast<std::int64_t>(number<std::uint64_t>()); }

 private:
  std::string_view bytes_;
};

std::optional<CachedFacts> next_entry(EntryBytes& in) {
  if (in.left() < kSmallestEntry) return std::nullopt;
  const std::size_t name_bytes = in.number<std::uint8_t>();
  if (in.left() < name_bytes + kFactsBytes) return std::nullopt;
  CachedFacts entry;
  entry.name = in.text(name_bytes);
  FileFacts& facts = entry.facts;
  facts.stamp.bytes = in.number<std::uint64_t>();
  facts.stamp.modified = in.signed_number();
  const std::int64_t start = in.signed_number();
  facts.length = microseconds(in.signed_number());
  facts.frames = in.number<std::uint32_t>();
  facts.width = in.number<std::uint16_t>();
  facts.height = in.number<std::uint16_t>();
  const auto flags = in.number<std::uint8_t>();
  if (flags > (kDamaged | kForeign) || !can_be_cached(entry.name, start, facts.length.count()))
    return std::nullopt;
  facts.start = WallTime(microseconds(start));
  facts.damaged = (flags & kDamaged) != 0;
  facts.foreign = (flags & kForeign) != 0;
  return entry;
}

Error no_cache(std::string reason) {
  return make_error(Errc::malformed, std::move(reason));
}

}  // namespace

std::string serialize_cache(const std::vector<CachedFacts>& entries) {
  std::string bytes(kCacheMagic);
  std::uint32_t count = 0;
  append_number(bytes, count);
  for (const CachedFacts& entry : entries) {
    if (!can_be_cached(entry.name, start_of(entry.facts), entry.facts.length.count())) continue;
    append_entry(bytes, entry);
    ++count;
  }
  std::string count_bytes;
  append_number(count_bytes, count);
  bytes.replace(kCacheMagic.size(), count_bytes.size(), count_bytes);
  append_number(bytes, cache_crc(bytes));
  return bytes;
}

Result<std::vector<CachedFacts>> parse_cache(std::string_view bytes) {
  if (bytes.size() < kCacheHeadBytes + kCacheCrcBytes || !bytes.starts_with(kCacheMagic)) {
    return no_cache("it does not begin like a cache of this version");
  }
  const std::string_view checked = bytes.substr(0, bytes.size() - kCacheCrcBytes);
  EntryBytes crc(bytes.substr(checked.size()));
  if (crc.number<std::uint32_t>() != cache_crc(checked)) {
    return no_cache("its checksum is wrong");
  }
  EntryBytes in(checked.substr(kCacheMagic.size()));
  const std::size_t count = in.number<std::uint32_t>();
  if (count > in.left() / kSmallestEntry) {
    return no_cache(fmt::format("{} bytes are too few for {} entries", in.left(), count));
  }
  std::vector<CachedFacts> entries;
  entries.reserve(count);
  while (entries.size() < count) {
    auto entry = next_entry(in);
    if (!entry) return no_cache(fmt::format("entry {} is not sound", entries.size() + 1));
    entries.push_back(std::move(*entry));
  }
  if (in.left() != 0) return no_cache(fmt::format("{} bytes behind its entries", in.left()));
  return entries;
}

}  // namespace minidvr::archive
