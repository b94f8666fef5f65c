#include "power_cut/write_log.hpp"

#include <cstring>
#include <fstream>
#include <map>
#include <stdexcept>

#include <sys/stat.h>

namespace minidvr::power_cut {
namespace fs = std::filesystem;
namespace {

// As it stands in the file.
struct Stored {
  Record record;
  std::string_view payload;
};

Stored stored_at(const std::string& bytes, std::size_t at) {
  const auto* record = reinterpret_cast<const Record*>(bytes.data() + at);
  if (at + sizeof(Record) > bytes.size() || record->bytes < sizeof(Record) ||
      at + record->bytes > bytes.size()) {
    throw std::runtime_error("the log ends within a record");
  }
  return {{record->bytes, record->call, record->outcome.load(), record->begun, record->ended,
           record->device, record->inode, record->offset, record->length},
          std::string_view(bytes).substr(at + sizeof(Record), record->bytes - sizeof(Record))};
}

bool has_names(Call call) {
  switch (call) {
    case Call::open_file:
    case Call::make_folder:
    case Call::rename:
    case Call::link:
    case Call::remove:
    case Call::unknown:
      return true;
    default:
      return false;
  }
}

std::string below(const fs::path& folder, const std::string& name) {
  if (name.empty()) return {};
  return fs::path(name).lexically_normal().lexically_relative(folder);
}

std::string read_used(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  LogHeader header{};
  char start[sizeof header];
  stream.read(start, sizeof start);
  std::memcpy(&header.magic, start, sizeof header.magic);
  const auto end = reinterpret_cast<LogHeader*>(start)->end.load();
  if (!stream || header.magic != kLogMagic) throw std::runtime_error(file.string() + " is no log");
  if (end > kLogBytes) throw std::runtime_error(file.string() + " is full");
  std::string bytes(end, '\0');
  stream.seekg(0);
  stream.read(bytes.data(), static_cast<std::streamsize>(end));
  return bytes;
}

}  // namespace

void WriteLog::create(const fs::path& file) {
  alignas(LogHeader) char start[sizeof(LogHeader)] = {};
  auto* header = new (start) LogHeader{};
  header->magic = kLogMagic;
  header->end = sizeof(LogHeader);
  std::ofstream(file, std::ios::binary).write(start, sizeof start);
  fs::resize_file(file, kLogBytes);
}

WriteLog::WriteLog(const fs::path& file, const fs::path& folder) : bytes_(read_used(file)) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) throw std::runtime_error("no folder " + folder.string());
  std::map<std::uint64_t, std::size_t> positions;  // by where they stand in the file
  for (std::size_t at = sizeof(LogHeader); at < bytes_.size();) {
    const auto [record, payload] = stored_at(bytes_, at);
    const std::size_t here = at;
    at += record.bytes;
    if (record.outcome == Outcome::failed) continue;
    Event event{record.call,
                std::chrono::nanoseconds(record.begun),
                std::chrono::nanoseconds(record.ended),
                record.inode,
                record.offset,
                record.length,
                0,
                {},
                {},
                {}};
    if (has_names(record.call)) {
      event.name = below(folder, payload.data());
      event.other = below(folder, payload.data() + std::strlen(payload.data()) + 1);
    } else if (record.device != info.st_dev) {
      continue;
    }
    if (record.call == Call::unknown) {
      throw std::runtime_error(std::string("a call that no model knows: ") + payload.data());
    }
    if (record.call == Call::write) event.data = payload.substr(0, record.length);
    if (record.call == Call::sync_end) {
      const auto began = positions.find(record.offset);
      if (began == positions.end()) continue;
      event.began = began->second;
    }
    positions[here] = events_.size();
    events_.push_back(std::move(event));
  }
  if (events_.empty()) throw std::runtime_error("the log is empty: nothing was preloaded");
}

WriteLog WriteLog::without_syncs(const std::function<bool(std::uint64_t)>& forgotten) const {
  auto events = events_;
  for (auto& event : events) {
    // It stays as a call that changes nothing, so that positions stay what they are.
    if (event.call == Call::sync_end && forgotten(event.inode)) event.call = Call::sync_begin;
  }
  return WriteLog(std::move(events));
}

}  // namespace minidvr::power_cut
