#include "recording/journal.hpp"

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstring>

#include <boost/crc.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace minidvr::recording {
namespace {

constexpr std::string_view kMagic = "MDVRJRN1";
constexpr std::size_t kBootIdBytes = 36;
constexpr std::size_t kHeaderBytes = 8 + 4 + 2 + 2 + 4 + 4 + 8 + kBootIdBytes + 4;
constexpr std::size_t kRecordBytes = 16;
constexpr std::size_t kMaxJournalBytes = 1 << 30;  // 67 million frames

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

std::uint32_t crc32(const void* data, std::size_t size) {
  boost::crc_32_type crc;
  crc.process_bytes(data, size);
  return crc.checksum();
}

void put_record(Bytes& bytes, const Sample& sample) {
  const std::size_t start = bytes.size();
  put(bytes, static_cast<std::uint64_t>(sample.time.count()));
  put(bytes, sample.size);
  put(bytes, crc32(bytes.data() + start, bytes.size() - start));
}

}  // namespace

Result<JournalWriter> JournalWriter::create(const std::filesystem::path& path,
                                            const JournalHeader& header) {
  FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (!file) {
    return make_error(Errc::unavailable,
                      fmt::format("cannot write {}: {}", path.string(), errno_text(errno)));
  }
  Bytes bytes(kMagic.begin(), kMagic.end());
  put(bytes, header.header_bytes);
  put(bytes, header.width);
  put(bytes, header.height);
  put(bytes, header.frame_interval);
  put(bytes, std::uint32_t{0});
  put(bytes, static_cast<std::uint64_t>(header.wall));
  std::string boot_id = header.boot_id;
  boot_id.resize(kBootIdBytes, ' ');
  bytes.insert(bytes.end(), boot_id.begin(), boot_id.end());
  put(bytes, std::uint32_t{0});
  JournalWriter writer(std::move(file));
  if (auto written = writer.write(bytes); !written) return written.error();
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
  put_record(bytes, Sample{});
  return write(bytes);
}

Result<> JournalWriter::sync() {
  if (::fdatasync(file_.get()) == 0) return {};
  return make_error(Errc::unavailable, "cannot sync the journal: " + errno_text(errno));
}

Result<> JournalWriter::write(std::span<const std::uint8_t> bytes) {
  const auto length = length_ + static_cast<off_t>(bytes.size());
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      // Half a record would hide all that follow.
      if (::ftruncate(file_.get(), length_) != 0) {
        return make_error(Errc::unavailable, "cannot mend the journal: " + errno_text(errno));
      }
      return make_error(Errc::unavailable, "cannot write the journal: " + errno_text(error));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  length_ = length;
  return {};
}

Result<Journal> read_journal(const std::filesystem::path& path, const std::string& boot_id) {
  const auto text = read_file(path, kMaxJournalBytes);
  if (!text) return text.error();
  const std::string_view bytes = *text;
  if (bytes.size() < kHeaderBytes || !bytes.starts_with(kMagic)) {
    return make_error(Errc::malformed, fmt::format("{} is no journal", path.string()));
  }
  Journal journal;
  journal.header.header_bytes = get<std::uint32_t>(bytes, 8);
  journal.header.width = get<std::uint16_t>(bytes, 12);
  journal.header.height = get<std::uint16_t>(bytes, 14);
  journal.header.frame_interval = get<std::uint32_t>(bytes, 16);
  journal.header.wall = static_cast<std::int64_t>(get<std::uint64_t>(bytes, 24));
  journal.header.boot_id = bytes.substr(32, kBootIdBytes);

  std::size_t synced = 0;
  for (std::size_t at = kHeaderBytes; at + kRecordBytes <= bytes.size(); at += kRecordBytes) {
    if (crc32(bytes.data() + at, 12) != get<std::uint32_t>(bytes, at + 12)) break;
    const Sample sample{microseconds(static_cast<std::int64_t>(get<std::uint64_t>(bytes, at))),
                        get<std::uint32_t>(bytes, at + 8)};
    if (sample.size == 0) {
      synced = journal.samples.size();
    } else {
      journal.samples.push_back(sample);
    }
  }
  if (journal.header.boot_id != boot_id) journal.samples.resize(synced);
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
