// Replaces the calls that change what is in a file, and those that make it last.
#include "log_writer.hpp"
#include "real_call.hpp"

#include <array>
#include <span>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {
using namespace minidvr::power_cut;

// Where write() would write.
std::uint64_t write_offset(int fd) {
  struct stat info {};
  const bool appends = (::fcntl(fd, F_GETFL) & O_APPEND) != 0;
  if (appends && ::fstat(fd, &info) == 0) return static_cast<std::uint64_t>(info.st_size);
  const off_t at = ::lseek(fd, 0, SEEK_CUR);
  return at < 0 ? 0 : static_cast<std::uint64_t>(at);
}

constexpr std::uint64_t kWhereItIs = ~std::uint64_t{0};

// Notes a write of `parts`, makes it with `call`, and notes how much of it was taken.
template <class MakeCall>
ssize_t noted_write(int fd, std::span<const iovec> parts, std::uint64_t offset, MakeCall call) {
  const auto file = noted_file(fd);
  if (!file) return call();
  std::size_t size = 0;
  for (const auto& part : parts)
    size += part.iov_len;
  const NotedCall noted(Call::write, *file, offset == kWhereItIs ? write_offset(fd) : offset, size);
  std::size_t at = 0;
  for (const auto& part : parts) {
    noted.add(at, part.iov_base, part.iov_len);
    at += part.iov_len;
  }
  const ssize_t written = call();
  if (written >= 0) noted.set_length(static_cast<std::uint64_t>(written));
  return noted.done(written);
}

template <class MakeCall>
ssize_t noted_write(int fd, const void* data, std::size_t size, std::uint64_t offset,
                    MakeCall call) {
  const std::array<iovec, 1> part{iovec{const_cast<void*>(data), size}};
  return noted_write(fd, part, offset, call);
}

std::span<const iovec> parts_of(const iovec* parts, int count) {
  return {parts, static_cast<std::size_t>(count > 0 ? count : 0)};
}

template <class MakeCall>
int noted_change(int fd, Call kind, std::uint64_t offset, std::uint64_t length, MakeCall call) {
  const auto file = noted_file(fd);
  if (!file) return call();
  return NotedCall(kind, *file, offset, length).done(call());
}

template <class MakeCall>
int noted_sync(int fd, MakeCall call) {
  const auto file = noted_file(fd);
  if (!file) return call();
  const NotedCall begin(Call::sync_begin, *file, 0, 0);
  const int result = begin.done(call());
  NotedCall(Call::sync_end, *file, begin.position(), 0).done(result);
  return result;
}

template <class MakeCall>
auto unknown(int fd, const char* name, MakeCall call) {
  if (noted_file(fd)) NotedCall(Call::unknown, name).finish(true);
  return call();
}

template <class MakeCall>
int noted_reserve(int fd, int mode, off_t offset, off_t length, MakeCall call) {
  if ((mode & ~FALLOC_FL_KEEP_SIZE) != 0) return unknown(fd, "fallocate with this mode", call);
  if (mode != 0) return call();  // changes nothing that can be read
  return noted_change(fd, Call::reserve, static_cast<std::uint64_t>(offset),
                      static_cast<std::uint64_t>(length), call);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  static const auto call = POWER_CUT_REAL(write);
  return noted_write(fd, data, size, kWhereItIs, [&] { return call(fd, data, size); });
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  static const auto call = POWER_CUT_REAL(pwrite);
  return noted_write(fd, data, size, static_cast<std::uint64_t>(at),
                     [&] { return call(fd, data, size, at); });
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  return pwrite(fd, data, size, at);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto call = POWER_CUT_REAL(writev);
  return noted_write(fd, parts_of(parts, count), kWhereItIs,
                     [&] { return call(fd, parts, count); });
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t at) {
  static const auto call = POWER_CUT_REAL(pwritev);
  return noted_write(fd, parts_of(parts, count), static_cast<std::uint64_t>(at),
                     [&] { return call(fd, parts, count, at); });
}

ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t at) {
  return pwritev(fd, parts, count, at);
}

int ftruncate(int fd, off_t length) noexcept {
  static const auto call = POWER_CUT_REAL(ftruncate);
  return noted_change(fd, Call::resize, 0, static_cast<std::uint64_t>(length),
                      [&] { return call(fd, length); });
}

int ftruncate64(int fd, off64_t length) noexcept {
  return ftruncate(fd, length);
}

int truncate(const char* path, off_t length) noexcept {
  static const auto call = POWER_CUT_REAL(truncate);
  const auto file = noted_file(path);
  if (!file) return call(path, length);
  return NotedCall(Call::resize, *file, 0, static_cast<std::uint64_t>(length))
      .done(call(path, length));
}

int truncate64(const char* path, off64_t length) noexcept {
  return truncate(path, length);
}

int fallocate(int fd, int mode, off_t at, off_t length) {
  static const auto call = POWER_CUT_REAL(fallocate);
  return noted_reserve(fd, mode, at, length, [&] { return call(fd, mode, at, length); });
}

int fallocate64(int fd, int mode, off64_t at, off64_t length) {
  return fallocate(fd, mode, at, length);
}

int posix_fallocate(int fd, off_t at, off_t length) {
  static const auto call = POWER_CUT_REAL(posix_fallocate);
  // Its errors are positive numbers.
  return -noted_reserve(fd, 0, at, length, [&] { return -call(fd, at, length); });
}

int posix_fallocate64(int fd, off64_t at, off64_t length) {
  return posix_fallocate(fd, at, length);
}

int fsync(int fd) {
  static const auto call = POWER_CUT_REAL(fsync);
  return noted_sync(fd, [&] { return call(fd); });
}

int fdatasync(int fd) {
  static const auto call = POWER_CUT_REAL(fdatasync);
  return noted_sync(fd, [&] { return call(fd); });
}

// Begins to write and promises nothing: neither the size nor the disk's own cache are included.
int sync_file_range(int fd, off64_t at, off64_t length, unsigned flags) {
  static const auto call = POWER_CUT_REAL(sync_file_range);
  return call(fd, at, length, flags);
}

ssize_t copy_file_range(int in, off64_t* in_at, int out, off64_t* out_at, size_t size,
                        unsigned flags) {
  static const auto call = POWER_CUT_REAL(copy_file_range);
  return unknown(out, "copy_file_range", [&] { return call(in, in_at, out, out_at, size, flags); });
}
}
