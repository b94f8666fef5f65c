#include "log_writer.hpp"

#include "real_call.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::power_cut {
namespace {

struct Log {
  LogHeader* header = nullptr;
  std::string folder;
  std::uint64_t device = 0;
};

Log open_log() {
  Log log;
  const char* file = std::getenv(kLogVariable);
  const char* folder = std::getenv(kFolderVariable);
  if (file == nullptr || folder == nullptr) return log;
  struct stat info {};
  const int fd = POWER_CUT_REAL(open)(file, O_RDWR | O_CLOEXEC);
  void* memory =
      fd < 0 ? MAP_FAILED : ::mmap(nullptr, kLogBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED || ::stat(folder, &info) != 0) {
    std::fprintf(stderr, "power cut: no log %s, or no folder %s\n", file, folder);
    std::abort();
  }
  ::close(fd);
  log.header = static_cast<LogHeader*>(memory);
  log.folder = folder;
  log.device = info.st_dev;
  return log;
}

// Never destroyed: programs write until they are gone.
const Log& log() {
  static const Log& the_log = *new Log(open_log());
  return the_log;
}

std::int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

std::optional<FileId> noted(const struct stat& info) {
  if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) return std::nullopt;
  if (info.st_dev != log().device) return std::nullopt;
  return FileId{info.st_dev, info.st_ino};
}

class KeptErrno {
 public:
  KeptErrno() = default;
  KeptErrno(const KeptErrno&) = delete;
  ~KeptErrno() { errno = kept_; }

 private:
  int kept_ = errno;
};

__attribute__((constructor)) void begin() {
  if (std::getenv(kWithParentVariable) != nullptr) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

}  // namespace

std::optional<FileId> noted_file(int fd) {
  if (log().header == nullptr) return std::nullopt;
  const KeptErrno kept;
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? noted(info) : std::nullopt;
}

std::optional<FileId> noted_file(const char* path) {
  if (log().header == nullptr) return std::nullopt;
  const KeptErrno kept;
  struct stat info {};
  return ::stat(path, &info) == 0 ? noted(info) : std::nullopt;
}

std::string noted_path(int folder, const char* path) {
  if (log().header == nullptr || path == nullptr) return {};
  const KeptErrno kept;
  std::string whole = path;
  if (!whole.starts_with('/')) {
    char from[4096] = {};
    const std::string link =
        folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(folder);
    if (::readlink(link.c_str(), from, sizeof from - 1) < 0) return {};
    whole = std::string(from) + "/" + whole;
  }
  const auto& top = log().folder;
  const bool below =
      whole.starts_with(top) && (whole.size() == top.size() || whole[top.size()] == '/');
  return below ? whole : std::string{};
}

NotedCall::NotedCall(Call call, FileId file, std::uint64_t offset, std::uint64_t length) {
  begin(call, file, offset, length, call == Call::write ? length : 0);
}

NotedCall::NotedCall(Call call, std::string_view name, std::string_view other,
                     std::uint64_t length) {
  begin(call, {}, 0, length, name.size() + other.size() + 2);
  if (record_ == nullptr) return;
  std::memcpy(payload(), name.data(), name.size());
  std::memcpy(payload() + name.size() + 1, other.data(), other.size());
}

// A record that does not fit is counted all the same: the reader sees that the log is too small.
void NotedCall::begin(Call call, FileId file, std::uint64_t offset, std::uint64_t length,
                      std::size_t payload_bytes) {
  LogHeader* header = log().header;
  if (header == nullptr) return;
  const std::uint64_t bytes = (sizeof(Record) + payload_bytes + 7) / 8 * 8;
  const auto at = header->end.fetch_add(bytes);
  if (at + bytes > kLogBytes) return;
  record_ = reinterpret_cast<Record*>(reinterpret_cast<char*>(header) + at);
  record_->bytes = static_cast<std::uint32_t>(bytes);
  record_->call = call;
  record_->begun = now();
  record_->device = file.device;
  record_->inode = file.inode;
  record_->offset = offset;
  record_->length = length;
}

char* NotedCall::payload() const {
  return reinterpret_cast<char*>(record_ + 1);
}

void NotedCall::add(std::size_t at, const void* data, std::size_t size) const {
  if (record_ != nullptr) std::memcpy(payload() + at, data, size);
}

std::uint64_t NotedCall::position() const {
  return record_ == nullptr ? 0
                            : static_cast<std::uint64_t>(reinterpret_cast<char*>(record_) -
                                                         reinterpret_cast<char*>(log().header));
}

void NotedCall::set_file(std::optional<FileId> file) const {
  if (record_ == nullptr || !file) return;
  record_->device = file->device;
  record_->inode = file->inode;
}

void NotedCall::set_length(std::uint64_t length) const {
  if (record_ != nullptr) record_->length = length;
}

void NotedCall::finish(bool well) const {
  if (record_ == nullptr) return;
  const KeptErrno kept;
  record_->ended = now();
  record_->outcome = well ? Outcome::done : Outcome::failed;
}

}  // namespace minidvr::power_cut
