#include "archive/index_cache.hpp"

#include "support/result_text.hpp"

#include <random>

#include <boost/crc.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace minidvr;
using namespace minidvr::archive;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kFirstEntryAt = 12;

CachedFacts ten_minutes() {
  return {"20261124_101000.mp4",
          {{1'834'567'890, 1'795'514'400'123'456'789},
           WallTime(1'795'514'400'123'456us),
           600'033'333us,
           18'001,
           1920,
           1080,
           false}};
}

std::string random_name(std::mt19937_64& random) {
  std::string name(1 + random() % 255, ' ');
  for (char& c : name) {
    do {
      c = static_cast<char>(random());
    } while (c == '/' || c == '\0');
  }
  return name;
}

CachedFacts random_entry(std::mt19937_64& random) {
  const auto last =
      std::chrono::duration_cast<microseconds>(WallTime::max().time_since_epoch()).count();
  const auto start = std::uniform_int_distribution<std::int64_t>(-last, last)(random);
  const auto length =
      std::uniform_int_distribution<std::int64_t>(0, start < 0 ? last : last - start)(random);
  return {random_name(random),
          {{random(), static_cast<std::int64_t>(random())},
           WallTime(microseconds(start)),
           microseconds(length),
           static_cast<std::uint32_t>(random()),
           static_cast<std::uint16_t>(random()),
           static_cast<std::uint16_t>(random()),
           random() % 2 == 0}};
}

// With a checksum that is right, whatever lies before it.
std::string with_checksum(std::string bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  for (unsigned i = 0; i < 4; ++i)
    bytes.push_back(static_cast<char>(crc.checksum() >> (8 * i) & 0xFF));
  return bytes;
}

std::string without_checksum(const std::string& cache) {
  return cache.substr(0, cache.size() - 4);
}

// From memory that ends with the bytes, so that the address sanitizer sees who reads beyond.
Result<std::vector<CachedFacts>> parse_exactly(std::string_view bytes) {
  const std::vector<char> exact(bytes.begin(), bytes.end());
  return parse_cache({exact.data(), exact.size()});
}

bool is_no_cache(std::string_view bytes) {
  const auto entries = parse_exactly(bytes);
  return !entries && entries.error().code == Errc::malformed && !entries.error().detail.empty();
}

}  // namespace

TEST_CASE("a cache gives back what was put into it", "[archive][cache]") {
  CHECK(parse_cache(serialize_cache({})).value().empty());
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 50; ++round) {
    std::vector<CachedFacts> entries{ten_minutes()};
    for (auto more = random() % 20; more > 0; --more)
      entries.push_back(random_entry(random));
    const auto parsed = parse_cache(serialize_cache(entries));
    REQUIRE(parsed);
    REQUIRE((*parsed == entries));
  }
}

TEST_CASE("a damaged recording is remembered as well", "[archive][cache]") {
  const CachedFacts damaged{"x.mp4", {{7, 8}, WallTime(9us), 0us, 0, 0, 0, true}};
  CHECK((parse_cache(serialize_cache({damaged})).value() == std::vector{damaged}));
  CachedFacts foreign = damaged;
  foreign.facts.foreign = true;
  CHECK((parse_cache(serialize_cache({foreign})).value() == std::vector{foreign}));
}

TEST_CASE("a cache is the same bytes on every machine", "[archive][cache]") {
  const std::string expected(
      "MDVRIDX2\x01\0\0\0"
      "\x05"
      "a.mp4"
      "\x08\x07\x06\x05\x04\x03\x02\x01"
      "\xfe\xff\xff\xff\xff\xff\xff\xff"
      "\x18\x17\x16\x15\x14\x13\x02\0"
      "\x28\x27\x26\x25\x24\x23\x02\0"
      "\x34\x33\x32\x31\x42\x41\x52\x51\x01",
      12 + 6 + 32 + 9);
  const CachedFacts entry{"a.mp4",
                          {{0x0102030405060708, -2},
                           WallTime(microseconds(0x0002131415161718)),
                           microseconds(0x0002232425262728),
                           0x31323334,
                           0x4142,
                           0x5152,
                           true}};
  CHECK((serialize_cache({entry}) == with_checksum(expected)));
}

TEST_CASE("20,000 recordings take little more than a megabyte", "[archive][cache]") {
  const std::vector<CachedFacts> entries(20'000, ten_minutes());
  const std::string bytes = serialize_cache(entries);
  CHECK(bytes.size() == 16 + 20'000 * 61);
  CHECK(parse_cache(bytes).value().size() == entries.size());
  CHECK(kMostCacheBytes / 61 > 500'000);
}

TEST_CASE("a cache that was cut off is refused, wherever", "[archive][cache]") {
  auto longer = ten_minutes();
  longer.name = std::string(255, 'x');
  const std::string cache = serialize_cache({ten_minutes(), longer, ten_minutes()});
  for (std::size_t size = 0; size < cache.size(); ++size) {
    if (!is_no_cache(cache.substr(0, size))) FAIL("accepted with " << size << " bytes");
    // The same when somebody made the checksum fit.
    if (size + 4 < cache.size() && !is_no_cache(with_checksum(cache.substr(0, size)))) {
      FAIL("accepted with a checksum behind " << size << " bytes");
    }
  }
  CHECK(is_no_cache(cache + '\0'));
  CHECK(is_no_cache(with_checksum(without_checksum(cache) + '\0')));
  CHECK(is_no_cache(with_checksum(cache)));
}

TEST_CASE("a cache with any byte changed is refused", "[archive][cache]") {
  const std::string cache = serialize_cache({ten_minutes(), ten_minutes()});
  for (std::size_t at = 0; at < cache.size(); ++at) {
    std::string changed = cache;
    for (int other = 1; other < 256; ++other) {
      changed[at] = static_cast<char>(cache[at] ^ other);
      if (!is_no_cache(changed)) FAIL("accepted with byte " << at << " changed by " << other);
    }
  }
}

TEST_CASE("a cache of another version is refused", "[archive][cache]") {
  std::string bytes = without_checksum(serialize_cache({ten_minutes()}));
  bytes[7] = '1';
  CHECK(is_no_cache(with_checksum(bytes)));
}

TEST_CASE("a cache that promises more entries than it has bytes takes no memory for them",
          "[archive][cache]") {
  std::string bytes = without_checksum(serialize_cache({ten_minutes()}));
  CHECK(is_no_cache(with_checksum(std::string(bytes).replace(8, 4, "\x02\0\0\0", 4))));
  CHECK(is_no_cache(with_checksum(std::string(bytes).replace(8, 4, "\xff\xff\xff\xff", 4))));
  CHECK(is_no_cache(with_checksum(bytes.replace(8, 4, 4, '\0'))));
  // This one entry has the bytes of several.
  auto longer = ten_minutes();
  longer.name = std::string(255, 'x');
  bytes = without_checksum(serialize_cache({longer}));
  CHECK(is_no_cache(with_checksum(bytes.replace(8, 4, "\x02\0\0\0", 4))));
}

TEST_CASE("an entry that could not be read again is left out", "[archive][cache]") {
  const auto left_out = [](auto change) {
    auto entry = ten_minutes();
    change(entry);
    const auto parsed = parse_cache(serialize_cache({ten_minutes(), entry, ten_minutes()}));
    return parsed && *parsed == std::vector{ten_minutes(), ten_minutes()};
  };
  CHECK(left_out([](CachedFacts& entry) { entry.name.clear(); }));
  CHECK(left_out([](CachedFacts& entry) { entry.name = std::string(256, 'x'); }));
  CHECK(left_out([](CachedFacts& entry) { entry.name = "../x.mp4"; }));
  CHECK(left_out([](CachedFacts& entry) { entry.name = std::string("x\0y", 3); }));
  CHECK(left_out([](CachedFacts& entry) { entry.facts.length = -1us; }));
  CHECK(left_out([](CachedFacts& entry) { entry.facts.length = microseconds::max(); }));
  CHECK(left_out([](CachedFacts& entry) { entry.facts.start = WallTime::max(); }));
  CHECK(left_out([](CachedFacts& entry) { entry.facts.start = WallTime::min(); }));
  CHECK(left_out([](CachedFacts& entry) {
    entry.facts.start = WallTime(-1us);
    entry.facts.length =
        std::chrono::duration_cast<microseconds>(WallTime::max().time_since_epoch()) + 1us;
  }));
  CHECK_FALSE(left_out([](CachedFacts& entry) { entry.name = "also a name"; }));
  CHECK_FALSE(left_out([](CachedFacts& entry) { entry.facts.start = WallTime(-1us); }));
}

TEST_CASE("an entry that no program of ours wrote is refused, whatever the checksum says",
          "[archive][cache]") {
  const std::string bytes = without_checksum(serialize_cache({ten_minutes()}));
  const std::size_t name_bytes = ten_minutes().name.size();
  const std::size_t start = kFirstEntryAt + 1 + name_bytes + 16;
  const auto refused = [&](std::size_t at, std::string_view instead) {
    return is_no_cache(with_checksum(std::string(bytes).replace(at, instead.size(), instead)));
  };
  CHECK_FALSE(refused(0, ""));
  CHECK(refused(kFirstEntryAt, std::string_view("\0", 1)));
  CHECK(refused(kFirstEntryAt, "\x12"));
  CHECK(refused(kFirstEntryAt, "\xff"));
  CHECK(refused(kFirstEntryAt + 3, "/"));
  CHECK(refused(start + 7, "\x7f"));
  CHECK(refused(start + 7, "\x80"));
  CHECK(refused(start + 15, "\x7f"));
  CHECK(refused(start + 15, "\x80"));
  CHECK(refused(bytes.size() - 1, "\x04"));
}

TEST_CASE("random nonsense is no cache, or one that we would have written", "[archive][cache]") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes =
        without_checksum(serialize_cache({ten_minutes(), random_entry(random), ten_minutes()}));
    if (random() % 8 == 0) {
      bytes.resize(random() % 200);
      for (char& c : bytes)
        c = static_cast<char>(random());
      if (random() % 2 == 0) bytes.insert(0, "MDVRIDX2");
    }
    for (auto changes = random() % 4; changes > 0 && !bytes.empty(); --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 20));
    if (random() % 8 != 0) bytes = with_checksum(bytes);
    const auto parsed = parse_exactly(bytes);
    if (!parsed) continue;
    ++accepted;
    REQUIRE((serialize_cache(*parsed) == bytes));
    for (const CachedFacts& entry : *parsed)
      REQUIRE(entry.facts.end() >= entry.facts.start);
  }
  CHECK(accepted > 500);
}
