#include "recording/journal.hpp"

#include "core/crc32.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <concepts>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace minidvr::recording {
namespace {

// A segment may be longer than 2 GiB, also on a 32-bit system.
static_assert(sizeof(off_t) == 8);

constexpr std::string_view kMagic = "MDVRJRN2";
constexpr std::string_view kMagicWithoutName = "MDVRJRN1";
constexpr std::size_t kBootIdBytes = 36;
constexpr std::size_t kHeaderBytes = 8 + 4 + 2 + 2 + 4 + 4 + 8 + kBootIdBytes + 4;
constexpr std::size_t kRecordBytes = 20;
constexpr std::size_t kRecordBytesWithoutDigest = 16;
constexpr std::size_t kDigestStep = 256;  // bytes: at least one in each sector
constexpr std::size_t kDigestBytes = 8;   // out of each step
constexpr Sample kSyncMark{microseconds(0), 0, 0};
constexpr Sample kEndMark{microseconds(1), 0, 0};
constexpr std::size_t kMaxNameBytes = 255;           // of a file, as Linux has it
constexpr std::size_t kMaxJournalBytes = 128 << 20;  // 2 hours at over 1000 frames a second

using Bytes = std::vector<std::uint8_t>;

template <std::unsigned_integral Number>
void put(Bytes& bytes, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
}

template <std::unsigned_integral Number>
Number get(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value |= std::uint64_t{static_cast<std::uint8_t>(bytes[at + i])} << (8 * i);
  }
  return static_cast<Number>(value);
}

void put_record(Bytes& bytes, const Sample& sample) {
  const std::size_t start = bytes.size();
  put(bytes, static_cast<std::uint64_t>(sample.time.count()));
  put(bytes, sample.size);
  put(bytes, sample.digest);
  put(bytes, crc32_of(bytes.data() + start, bytes.size() - start));
}

}  // namespace

std::uint32_t digest_of(std::span<const std::uint8_t> frame) {
  // The pieces lie far apart: they are gathered, so that the processor waits for many of them at
  // once.
  std::array<std::uint8_t, 256 * kDigestBytes> gathered;
  std::size_t size = 0;
  Crc32 crc;
  const auto take = [&](std::size_t at) {
    if (size + kDigestBytes > gathered.size()) crc.add(gathered.data(), std::exchange(size, 0));
    const std::size_t bytes = std::min(kDigestBytes, frame.size() - at);
    std::copy_n(&frame[at], bytes, gathered.begin() + static_cast<std::ptrdiff_t>(size));
    size += bytes;
  };
  for (std::size_t at = 0; at < frame.size(); at += kDigestStep)
    take(at);
  if (!frame.empty()) take(frame.size() - std::min(kDigestBytes, frame.size()));
  crc.add(gathered.data(), size);
  return std::max<std::uint32_t>(crc.value(), 1);
}

Result<JournalWriter> JournalWriter::create(int folder, const std::string& name,
                                            const JournalHeader& header) {
  FileDescriptor file(
      ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (!file) {
    return make_error(errno == EEXIST ? Errc::wrong_state : Errc::unavailable,
                      fmt::format("cannot write {}: {}", name, errno_text(errno)));
  }
  Bytes bytes(kMagic.begin(), kMagic.end());
  put(bytes, header.reserve);
  put(bytes, header.width);
  put(bytes, header.height);
  put(bytes, header.frame_interval);
  put(bytes, static_cast<std::uint32_t>(header.media.size()));
  put(bytes, static_cast<std::uint64_t>(header.wall));
  std::string boot_id = header.boot_id;
  boot_id.resize(kBootIdBytes, ' ');
  bytes.insert(bytes.end(), boot_id.begin(), boot_id.end());
  put(bytes, std::uint32_t{0});
  bytes.insert(bytes.end(), header.media.begin(), header.media.end());
  JournalWriter writer(std::move(file), name);
  if (auto written = writer.write(bytes); !written) {
    Error error = written.error();
    if (::unlinkat(folder, name.c_str(), 0) != 0) {
      error.detail += fmt::format("; cannot remove it: {}", errno_text(errno));
    }
    return error;
  }
  writer.synced_ = writer.length_;
  return writer;
}

Result<> JournalWriter::append(std::span<const Sample> samples) {
  Bytes bytes;
  bytes.reserve(samples.size() * kRecordBytes);
  for (const auto& sample : samples)
    put_record(bytes, sample);
  return write(bytes);
}

Result<> JournalWriter::append_sync_mark() {
  Bytes bytes;
  put_record(bytes, kSyncMark);
  return write(bytes);
}

Result<> JournalWriter::keep_synced() {
  if (::ftruncate(file_.get(), synced_) != 0) return cannot("cut", errno);
  length_ = synced_;
  Bytes bytes;
  put_record(bytes, kEndMark);
  return write(bytes);
}

Result<> JournalWriter::sync() {
  if (::fdatasync(file_.get()) == 0) {
    synced_ = length_;
    return {};
  }
  return cannot("sync", errno);
}

Error JournalWriter::cannot(std::string_view what, int number) const {
  return make_error(Errc::unavailable,
                    fmt::format("cannot {} the journal {}: {}", what, name_, errno_text(number)));
}

Result<> JournalWriter::write(std::span<const std::uint8_t> bytes) {
  const auto length = length_ + static_cast<off_t>(bytes.size());
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      // Half a record would hide all that follow.
      if (::ftruncate(file_.get(), length_) != 0) return cannot("mend", errno);
      return cannot("write", error);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  length_ = length;
  return {};
}

namespace {

Result<std::string> read_text(int folder, const std::string& name) {
  const auto file = open_regular(folder, name, O_RDONLY);
  if (!file) {
    return make_error(errno == ENOENT ? Errc::not_found : Errc::unavailable,
                      fmt::format("cannot read {}: {}", name, errno_text(errno)));
  }
  return read_all(file.get(), kMaxJournalBytes, name);
}

}  // namespace

Result<bool> is_torn_journal(int folder, const std::string& name) {
  const auto text = read_text(folder, name);
  if (!text) return text.error();
  if (text->find_first_not_of('\0') == std::string::npos) return true;
  const std::string_view start = std::string_view(*text).substr(0, kMagic.size());
  if (!kMagic.starts_with(start) && !kMagicWithoutName.starts_with(start)) return false;
  if (text->size() < kHeaderBytes) return true;
  const std::size_t name_bytes = get<std::uint32_t>(*text, 20);
  return name_bytes <= kMaxNameBytes && text->size() - kHeaderBytes < name_bytes;
}

Result<Journal> read_journal(int folder, const std::string& name) {
  const auto text = read_text(folder, name);
  if (!text) return text.error();
  const std::string_view bytes = *text;
  const bool has_name = bytes.starts_with(kMagic);
  if (bytes.size() < kHeaderBytes || !(has_name || bytes.starts_with(kMagicWithoutName))) {
    return make_error(Errc::malformed, fmt::format("{} is no journal", name));
  }
  Journal journal;
  journal.header.reserve = get<std::uint32_t>(bytes, 8);
  journal.header.width = get<std::uint16_t>(bytes, 12);
  journal.header.height = get<std::uint16_t>(bytes, 14);
  journal.header.frame_interval = get<std::uint32_t>(bytes, 16);
  const std::size_t name_bytes = get<std::uint32_t>(bytes, 20);
  journal.header.wall = static_cast<std::int64_t>(get<std::uint64_t>(bytes, 24));
  journal.header.boot_id = bytes.substr(32, kBootIdBytes);
  if (name_bytes > kMaxNameBytes || kHeaderBytes + name_bytes > bytes.size()) {
    return make_error(Errc::malformed, fmt::format("{} is cut off", name));
  }
  journal.header.media = bytes.substr(kHeaderBytes, name_bytes);
  if (!has_name) journal.header.media = name.substr(0, name.rfind('.')) + ".mp4";
  if (journal.header.media.empty() || journal.header.media.find('/') != std::string::npos) {
    return make_error(Errc::malformed, fmt::format("{} names no file", name));
  }

  const std::size_t record_bytes = has_name ? kRecordBytes : kRecordBytesWithoutDigest;
  const std::size_t checked = record_bytes - sizeof(std::uint32_t);
  for (std::size_t at = kHeaderBytes + name_bytes; at + record_bytes <= bytes.size();
       at += record_bytes) {
    if (crc32_of(bytes.data() + at, checked) != get<std::uint32_t>(bytes, at + checked)) break;
    const Sample sample{microseconds(static_cast<std::int64_t>(get<std::uint64_t>(bytes, at))),
                        get<std::uint32_t>(bytes, at + 8),
                        has_name ? get<std::uint32_t>(bytes, at + 12) : 0};
    if (sample == kEndMark) {
      journal.ended = true;
      break;
    }
    if (sample.size == 0) {
      journal.synced = journal.samples.size();
    } else {
      journal.samples.push_back(sample);
    }
  }
  return journal;
}

std::string current_boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id", 100);
  std::string id = text ? *text : std::string{};
  while (!id.empty() && id.back() == '\n')
    id.pop_back();
  id.resize(kBootIdBytes, ' ');
  return id;
}

}  // namespace minidvr::recording
